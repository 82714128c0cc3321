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
    if (!attempts.delete(key) && attempts.size >= maxKeys) forgetOldest();
    attempts.set(key, times);
    let gone = 0;
    while (gone < times.length && (times[gone] as number) <= nowMs - windowMs) gone += 1;
    if (gone > 0) times.splice(0, gone);
    const isAllowed = times.length < limit;
    if (isAllowed) times.push(nowMs);
    return { isAllowed, remaining: limit - times.length, resetMs: (times[0] ?? nowMs) + windowMs - nowMs };
  }

  /** Looked for only when needed: in V8 the way to the first key leads over those deleted before it. */
  function forgetOldest(): void {
    const [oldestKey] = attempts.keys();
    if (oldestKey !== undefined) attempts.delete(oldestKey);
  }

  return { take, refund: (key) => attempts.get(key)?.pop(), size: () => attempts.size };
}
