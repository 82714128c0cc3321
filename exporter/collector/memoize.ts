/** Memoizes functions of a name, such as functions that make labels or metric names: every scrape has the same few hundred names. */

/** Far more names than a kernel has. Bounds the memory that a damaged file can take. */
const maxEntries = 2000;

/** Returns `make` with a cache: equal keys return the same object, until the cache is full and is cleared. */
export function memoize<Result>(make: (key: string) => Result): (key: string) => Result {
  const results = new Map<string, { readonly result: Result }>();
  return (key) => {
    let entry = results.get(key);
    if (entry === undefined) {
      if (results.size >= maxEntries) results.clear();
      results.set(key, (entry = { result: make(key) }));
    }
    return entry.result;
  };
}
