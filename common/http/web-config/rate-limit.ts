/** Limits the requests of a listener with a token bucket. */

/** Returns true and takes a token when a request may pass now. */
export type RateLimit = () => boolean;

/** Adds a token every `intervalMs` and holds at most `burst`. The bucket starts full. `now` is monotonic, in milliseconds. */
export function createRateLimit({
  intervalMs,
  burst,
  now,
}: {
  readonly intervalMs: number;
  readonly burst: number;
  readonly now: () => number;
}): RateLimit {
  let tokens = burst;
  let filledMs = now();
  return () => {
    const nowMs = now();
    tokens = Math.min(burst, tokens + (nowMs - filledMs) / intervalMs);
    filledMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
