/** A token bucket over all requests of a listener. */

/** True when a request may pass now. */
export type RateLimit = () => boolean;

/** One token each `intervalMs`, at most `burst` saved up; starts full. `now` is a monotonic clock in milliseconds. */
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
