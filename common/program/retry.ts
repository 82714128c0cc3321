/** Outcomes of delivery attempts, and the delay before the next attempt. */

/** A channel or client classifies its attempt; a shared runner decides about retries. */
export type DeliveryOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'drop'; readonly reason: string };

export const deliveryOutcomes: readonly DeliveryOutcome['kind'][] = ['ok', 'retry', 'drop'];

export interface BackoffOptions {
  /** Attempts made so far, at least 1. */
  readonly attempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
  /** In [0, 1), as `Math.random`. */
  readonly random: () => number;
}

/**
 * Returns the milliseconds before the next attempt: full jitter below a bound that doubles, so that clients that failed at
 * the same time retry at different times. Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs({ attempts, firstMs, maxMs, random }: BackoffOptions): number {
  const bound = Math.min(maxMs, firstMs * 2 ** Math.min(attempts - 1, 30));
  return Math.ceil(random() * bound);
}

/** Returns the delay of a `Retry-After` header (seconds or an HTTP date) in milliseconds; undefined when it cannot be parsed. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
