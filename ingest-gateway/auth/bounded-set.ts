/** A set of bounded size that forgets who was not used for longest, in constant time. */

export interface RecentSet {
  /** Counts as use. */
  has(key: string): boolean;
  add(key: string): void;
  delete(key: string): void;
}

/**
 * Two generations: who is used enters the young one; when that holds half of `maxSize`, it becomes the old one, and who
 * was in the old one alone is forgotten. (A single set kept in order of use is slow in V8: finding its first entry walks
 * over those that were deleted before it.)
 */
export function createRecentSet(maxSize: number): RecentSet {
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
