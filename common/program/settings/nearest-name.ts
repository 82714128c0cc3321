/** Suggestions for misspelt names. */

/** Names farther away than this share of their length are not alike. */
const maxShare = 0.4;

/** Returns `; did you mean "name"?` for the nearest candidate, or an empty text where none is near. */
export function didYouMean(given: string, candidates: readonly string[]): string {
  const nearest = tryNearest(given, candidates);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

function tryNearest(given: string, candidates: readonly string[]): string | undefined {
  const wanted = given.toLowerCase();
  const ranked = candidates
    .filter((candidate) => candidate !== given)
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, maxShare * Math.max(candidate.length, wanted.length)))
    .toSorted((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** The beginning of a name is near to the name. */
function distanceOf(wanted: string, candidate: string): number {
  return wanted.length > 2 && candidate.startsWith(wanted) ? 1 : editDistance(wanted, candidate);
}

/** Returns the edit distance: insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  const width = other.length + 1;
  /** Distances between prefixes, row by row. */
  const table = new Uint32Array(width * (one.length + 1));
  const at = (row: number, column: number): number => table[row * width + column] ?? 0;
  for (let row = 0; row <= one.length; row += 1)
    for (let column = 0; column < width; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      let least = row + column; // one of the two prefixes is empty
      if (row > 0 && column > 0)
        least = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1));
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1])
        least = Math.min(least, at(row - 2, column - 2) + 1);
      table[row * width + column] = least;
    }
  return at(one.length, other.length);
}
