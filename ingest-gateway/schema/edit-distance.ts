/** How far a name is from another: insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  const width = other.length + 1;
  /** Of the beginnings of both, row by row. */
  const table = new Uint32Array(width * (one.length + 1));
  const at = (row: number, column: number): number => table[row * width + column] ?? 0;
  for (let row = 0; row <= one.length; row += 1)
    for (let column = 0; column < width; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      let least = row + column; // where one of the two beginnings is empty
      if (row > 0 && column > 0)
        least = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1));
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1])
        least = Math.min(least, at(row - 2, column - 2) + 1);
      table[row * width + column] = least;
    }
  return at(one.length, other.length);
}
