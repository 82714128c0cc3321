/** A set of bounded size that drops the least recently used entries, in constant time. */

export interface BoundedSet {
  /** Returns whether the set has the key, and counts as a use. */
  has(key: string): boolean;
  add(key: string): void;
  delete(key: string): void;
}

/**
 * Keeps two generations. A used key enters the young generation. When that holds half of `maxSize`, it becomes the old one,
 * and keys that were only in the previous old generation are dropped. (One set in order of use is slow in V8: finding its
 * first entry walks over the entries deleted before it.)
 */
export function createBoundedSet(maxSize: number): BoundedSet {
  let young = new Set<string>();
  let old = new Set<string>();

  function add(key: string): void {
    if (young.has(key)) return;
    if (young.size >= maxSize >> 1) {
      old = young;
      young = new Set();
    }
    young.add(key);
  }

  return {
    has(key) {
      if (young.has(key)) return true;
      if (!old.has(key)) return false;
      add(key);
      return true;
    },
    add,
    delete(key) {
      young.delete(key);
      old.delete(key);
    },
  };
}
