/** So many in a window of time for each key, counted exactly: no window, wherever it starts, holds more. */

export interface QuotaOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** Keys remembered; beyond, the one unused for longest is forgotten, and starts anew when it comes back. */
  readonly maxKeys: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** How a key stands after an attempt. */
export interface Standing {
  readonly isAllowed: boolean;
  /** Attempts left at once. */
  readonly remaining: number;
  /** Milliseconds until the oldest attempt leaves the window, and one more is allowed. */
  readonly resetMs: number;
}

export interface Quota {
  /** Counts an attempt, unless it is refused: refused ones do not lengthen the wait. */
  take(key: string): Standing;
  /** Takes the last attempt of the key back. */
  refund(key: string): void;
  /** Keys remembered now. */
  size(): number;
}

export function createQuota({ limit, windowMs, maxKeys, now }: QuotaOptions): Quota {
  /** Times of the attempts in the window, oldest first; keys in the order of their last use. */
  const attempts = new Map<string, number[]>();

  function take(key: string): Standing {
    const nowMs = now();
    const times = attempts.get(key) ?? [];
    const [oldestKey] = attempts.keys();
    if (!attempts.delete(key) && attempts.size >= maxKeys && oldestKey !== undefined) attempts.delete(oldestKey);
    attempts.set(key, times);
    const gone = times.findIndex((time) => time > nowMs - windowMs);
    times.splice(0, gone === -1 ? times.length : gone);
    const isAllowed = times.length < limit;
    if (isAllowed) times.push(nowMs);
    return { isAllowed, remaining: limit - times.length, resetMs: (times[0] ?? nowMs) + windowMs - nowMs };
  }

  return { take, refund: (key) => attempts.get(key)?.pop(), size: () => attempts.size };
}
