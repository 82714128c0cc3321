/** Searches the options of a picker. */

/** Longer lists are searched, not scrolled. */
const maxShown = 200;

interface OptionSearch {
  /** Words that must all occur in the option's name. Case does not matter. */
  readonly search: string;
  /** Options listed first for any search. */
  readonly first: readonly string[];
}

/** Lists options that start with the first word before others, and `web-2` before `web-10`. */
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
