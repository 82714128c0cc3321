/** Bounds calls that may be slow or never end: one call at a time, and callers wait no longer than the limit. */
import { tryInTime } from '../../../common/program/time-limit.ts';

export interface BoundedOptions {
  /** Name of the call, for errors. */
  readonly name: string;
  readonly limitMs: number;
  /** The age up to which a result is returned without a new call. */
  readonly freshMs: number;
  /** The age up to which a result is returned when the next call exceeds the limit. */
  readonly maxAgeMs: number;
  /** A monotonic clock in milliseconds; absent: `performance.now`. */
  readonly now?: () => number;
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Returns a bounded `call`. Callers share the call in flight. When a call exceeds the limit, the caller gets the previous
 * result, or an error. A call that hangs is awaited once: later callers fail immediately until the call ends.
 */
export function createBounded<T>(call: () => Promise<T>, options: BoundedOptions): () => Promise<T> {
  const { name, limitMs, freshMs, maxAgeMs, now = () => performance.now() } = options;
  let inFlight: { readonly outcome: Promise<Outcome<T>>; readonly startedMs: number } | undefined;
  let cached: { readonly value: T; readonly atMs: number } | undefined;

  function start(): { readonly outcome: Promise<Outcome<T>>; readonly startedMs: number } {
    const outcome = call().then(
      (value): Outcome<T> => {
        cached = { value, atMs: now() };
        inFlight = undefined;
        return { value };
      },
      (error: unknown): Outcome<T> => {
        inFlight = undefined;
        return { error };
      },
    );
    return { outcome, startedMs: now() };
  }

  return async () => {
    if (cached !== undefined && now() - cached.atMs < freshMs) return cached.value;
    inFlight ??= start();
    const leftMs = inFlight.startedMs + limitMs - now();
    const outcome = leftMs <= 0 ? undefined : await tryInTime(inFlight.outcome, leftMs);
    if (outcome === undefined) {
      if (cached !== undefined && now() - cached.atMs <= maxAgeMs) return cached.value;
      throw new Error(`${name}: no answer within ${limitMs} ms`);
    }
    if ('error' in outcome) throw new Error(`${name} failed`, { cause: outcome.error });
    return outcome.value;
  };
}
