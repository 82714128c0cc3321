/** Suggests catalogue metrics for an unknown name, by their names and by the metric families that they read. */
import { familiesOf } from '../../common/catalogue/expression.ts';
import { metrics } from '../../common/catalogue/index.ts';

interface Candidate {
  /** The name in the catalogue. */
  readonly name: string;
  /** The name, or a family that the metric reads. */
  readonly spelling: string;
}

const candidates: readonly Candidate[] = metrics.flatMap(({ name, exported }) => [
  { name, spelling: name },
  ...familiesOf(exported).map((family) => ({ name, spelling: family })),
]);

const shownAtMost = 5;
const longestName = 100;

/** Returns the validation message for a name that is not in the catalogue. */
export function explainMetric(given: string): string {
  const near = nearest(given.slice(0, longestName));
  const examples = near.length > 0 ? `such as ${near.join(', ')}` : 'such as cpu.usage.total';
  const got = given.length > 80 ? `${given.slice(0, 77)}...` : given;
  const hint = /^\w+_\w+$/.test(given) ? "; a name of Prometheus' is for expr" : '';
  return `expected a metric of the catalogue (docs/metrics.md), ${examples}; got ${JSON.stringify(got)}${hint}`;
}

/** Returns names by distance, or the names with the same first part if none is near. */
function nearest(given: string): readonly string[] {
  const wanted = given.toLowerCase();
  const ranked = candidates
    .map(({ name, spelling }) => ({ name, distance: distanceOf(wanted, spelling) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best === undefined || best.distance > Math.max(2, wanted.length / 2)) return namesOfPart(wanted);
  const near = ranked.filter(({ distance }) => distance <= best.distance + 1);
  return [...new Set(near.map(({ name }) => name))].slice(0, shownAtMost);
}

function namesOfPart(wanted: string): readonly string[] {
  const part = `${wanted.split('.')[0]}.`;
  return metrics.flatMap(({ name }) => (name.startsWith(part) ? [name] : [])).slice(0, shownAtMost);
}

/** A spelling that contains the text counts as one edit away. */
function distanceOf(wanted: string, spelling: string): number {
  const whole = editDistance(wanted, spelling);
  return wanted.length > 2 && spelling.includes(wanted) ? Math.min(whole, 1) : whole;
}

/** Returns the optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
export function editDistance(one: string, other: string): number {
  const width = other.length + 1;
  /** Distances of the prefixes of both, row by row. */
  const table = new Uint32Array(width * (one.length + 1));
  const at = (row: number, column: number): number => table[row * width + column] ?? 0;
  for (let row = 0; row <= one.length; row += 1)
    for (let column = 0; column < width; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      let least = row + column; // the distance if one of the prefixes is empty
      if (row > 0 && column > 0)
        least = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1));
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1])
        least = Math.min(least, at(row - 2, column - 2) + 1);
      table[row * width + column] = least;
    }
  return at(one.length, other.length);
}
