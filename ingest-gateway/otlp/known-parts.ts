/**
 * Remembers the series of each histogram and summary. A point that ends a histogram may carry no bounds, and every bucket of
 * the histogram must end.
 */

/** A series of a histogram or summary, such as `_bucket` with `le`. */
export interface SeriesPart {
  readonly suffix: string;
  readonly extra: Readonly<Record<string, string>>;
}

export interface KnownParts {
  /** Records the series of a point. `key` identifies the histogram or summary. */
  note(key: string, parts: readonly SeriesPart[]): void;
  /** Returns the series that were recorded last; none for an unknown key. */
  find(key: string): readonly SeriesPart[];
}

/** Bounds of memory, 40 MB at most. Buckets that are not remembered end after Prometheus' lookback. */
const maxKeys = 10_000;
const maxTextLength = 4_000;
const maxShared = 1_000;

/** Removes the first `count` keys in one call: to find the first key of a map, V8 walks over all keys deleted before it. */
export function dropOldest(map: Map<string, unknown>, count: number): void {
  let left = count;
  for (const key of map.keys()) {
    if (left <= 0) break;
    map.delete(key);
    left -= 1;
  }
}

export function createKnownParts(): KnownParts {
  /** Parts as JSON; oldest first. */
  const known = new Map<string, string>();
  /** Most histograms have the same bounds: one text for all of them. */
  const shared = new Map<string, string>();

  function share(text: string): string {
    const found = shared.get(text);
    if (found !== undefined) return found;
    if (shared.size >= maxShared) shared.clear();
    shared.set(text, text);
    return text;
  }

  return {
    note(key, parts) {
      const text = JSON.stringify(parts);
      if (text.length > maxTextLength) return;
      known.delete(key);
      known.set(key, share(text));
      if (known.size > maxKeys) dropOldest(known, maxKeys / 10);
    },
    find: (key) => JSON.parse(known.get(key) ?? '[]') as readonly SeriesPart[],
  };
}
