/** A sliding-window quota per key: no window of the given length, wherever it starts, has more attempts than the limit. */
import { isIPv6 } from 'node:net';

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

  return { take, size: () => attempts.size };
}

/**
 * Returns an IPv4 address unchanged and the first 64 bits of an IPv6 address, because one host usually has a whole /64:
 * https://www.rfc-editor.org/rfc/rfc7421
 */
export function clientAddress(remote: string | undefined): string {
  if (remote === undefined) return 'unknown'; // the connection ended already
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remote)?.[1];
  if (mapped !== undefined || !isIPv6(remote)) return mapped ?? remote;
  const [head = '', tail] = (remote.split('%')[0] as string).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = [...before, ...(tail === undefined ? [] : zeros), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
