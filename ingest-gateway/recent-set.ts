/** A set of bounded size: who is not used for longest leaves first. */

export interface RecentSet {
  /** Counts as use. */
  has(key: string): boolean;
  add(key: string): void;
  delete(key: string): void;
}

export function createRecentSet(maxSize: number): RecentSet {
  const keys = new Set<string>();

  function add(key: string): void {
    keys.delete(key);
    keys.add(key);
    const [oldest] = keys;
    if (keys.size > maxSize && oldest !== undefined) keys.delete(oldest);
  }

  return {
    has(key) {
      const isKnown = keys.has(key);
      if (isKnown) add(key);
      return isKnown;
    },
    add,
    delete: (key) => keys.delete(key),
  };
}
