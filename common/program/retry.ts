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

/**
 * Returns the delay of a `Retry-After` header in milliseconds; undefined when it cannot be parsed. Accepts seconds, also with the
 * fraction that some servers send, and an HTTP date.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  // An HTTP date begins with the day of the week. `Date.parse` reads more: "1,5" is a day in January.
  const atMs = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
