/** Caches slow-changing readings, such as a device's serial number, between scrapes. */

export interface CacheOptions {
  readonly maxAgeMs: number;
  /** Returns milliseconds since 1970. */
  readonly now: () => number;
}

/** Maximum age of cached facts about devices, which change when a device is plugged in, renamed or reconfigured. */
export const deviceFactsMaxAgeMs = 60_000;

/**
 * Returns a function that calls `read(key)` and caches the result. Reads again when the key differs from the previous call,
 * when the value is older than `maxAgeMs`, or when the clock was set back. Errors from `read` propagate and are not cached.
 */
export function cachedReading<Value>(
  read: (key: string) => Value,
  { maxAgeMs, now }: CacheOptions,
): (key?: string) => Value {
  let last: { readonly key: string; readonly readAtMs: number; readonly value: Value } | undefined;
  return (key = '') => {
    const timeMs = now();
    const ageMs = timeMs - (last?.readAtMs ?? 0);
    if (last === undefined || last.key !== key || ageMs < 0 || ageMs > maxAgeMs)
      last = { key, readAtMs: timeMs, value: read(key) };
    return last.value;
  };
}
