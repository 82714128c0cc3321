/** What changes once in a while is not read at every scrape: a reading is kept until its key changes or it is old. */

export interface KeptOptions {
  readonly ageMs: number;
  /** Milliseconds since 1970; a clock that was set back makes a reading old. */
  readonly now: () => number;
}

/** Age of facts about devices, which change when someone plugs, renames or reconfigures one. */
export const deviceFactsAgeMs = 60_000;

/** A function that answers `read(key)`, or what it answered before for the same key. A reading that throws is not kept. */
export function kept<Value>(read: (key: string) => Value, { ageMs, now }: KeptOptions): (key?: string) => Value {
  let last: { readonly key: string; readonly readAtMs: number; readonly value: Value } | undefined;
  return (key = '') => {
    const timeMs = now();
    const age = timeMs - (last?.readAtMs ?? 0);
    if (last === undefined || last.key !== key || age < 0 || age > ageMs)
      last = { key, readAtMs: timeMs, value: read(key) };
    return last.value;
  };
}
