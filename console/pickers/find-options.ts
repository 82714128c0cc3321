/** The options of a list that a search finds. */

/** More are not read but searched. */
const maxShown = 200;

export interface OptionSearch {
  /** Words, all of which are in an option's name, in any case. */
  readonly search: string;
  /** Before all others, whatever the search is. */
  readonly first: readonly string[];
}

/** Those whose name begins so come first; `web-2` before `web-10`. */
export function findOptions(
  options: readonly string[],
  { search, first }: OptionSearch,
): { readonly shown: readonly string[]; readonly more: number } {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (option: string) => (option.toLowerCase().startsWith(words[0] ?? '') ? 0 : 1);
  const found = options
    .filter((option) => words.every((word) => option.toLowerCase().includes(word)))
    .toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }));
  return { shown: [...first, ...found.slice(0, maxShown)], more: Math.max(found.length - maxShown, 0) };
}
