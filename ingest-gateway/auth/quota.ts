/** A sliding-window quota per key: no window of the given length, wherever it starts, has more attempts than the limit. */

export interface QuotaOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** Maximum number of tracked keys. Beyond it, the least recently used key is dropped and starts with a full quota. */
  readonly maxKeys: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** The state of a key after an attempt. */
export interface Standing {
  readonly isAllowed: boolean;
  /** Attempts left now. */
  readonly remaining: number;
  /** Milliseconds until the oldest attempt leaves the window and one more is allowed. */
  readonly resetMs: number;
}

export interface Quota {
  /** Counts an attempt. A refused attempt is not counted, so that it does not lengthen the wait. */
  take(key: string): Standing;
  /** Removes the last attempt of the key. */
  refund(key: string): void;
  /** Number of tracked keys. */
  size(): number;
}

export function createQuota({ limit, windowMs, maxKeys, now }: QuotaOptions): Quota {
  /** Times of attempts in the window, oldest first; keys in order of their last use. */
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

  /** Called only when needed: finding the first key in V8 walks over the keys deleted before it. */
  function forgetOldest(): void {
    const [oldestKey] = attempts.keys();
    if (oldestKey !== undefined) attempts.delete(oldestKey);
  }

  return { take, refund: (key) => attempts.get(key)?.pop(), size: () => attempts.size };
}
