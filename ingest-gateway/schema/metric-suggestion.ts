/** Suggests metrics for an unknown metric name, by the names of the catalogue and of the families that they read. */
import { metrics } from '../../common/catalogue/metrics.ts';

interface Candidate {
  /** Dotted name. */
  readonly name: string;
  /** A name that the given text may be a misspelling of. */
  readonly spelling: string;
}

const candidates: readonly Candidate[] = metrics.flatMap(({ name, exportedFamilies }) => [
  { name, spelling: name },
  ...exportedFamilies.map((family) => ({ name, spelling: family })),
]);

const maxShown = 5;
const maxNameLength = 100;

export function explainMetric(given: string): string {
  const near = nearest(given.slice(0, maxNameLength));
  const such = near.length > 0 ? `such as ${near.join(', ')}` : 'such as cpu.usage.total';
  const got = given.length > 80 ? `${given.slice(0, 77)}...` : given;
  const hint = /^\w+_\w+$/.test(given) ? '; use expr for Prometheus series' : '';
  return `expected a metric of the catalogue (docs/metrics.md), ${such}; got ${JSON.stringify(got)}${hint}`;
}

/** Nearest names first; without a near name, names with the same first component. A name that contains the text counts as distance 1. */
function nearest(given: string): readonly string[] {
  const wanted = given.toLowerCase();
  const ranked = candidates
    .map(({ name, spelling }) => ({ name, distance: distanceOf(wanted, spelling) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best === undefined || best.distance > Math.max(2, wanted.length / 2)) return ofPart(wanted);
  const near = ranked.filter(({ distance }) => distance <= best.distance + 1);
  return [...new Set(near.map(({ name }) => name))].slice(0, maxShown);
}

function ofPart(wanted: string): readonly string[] {
  const part = `${wanted.split('.')[0]}.`;
  return metrics.flatMap(({ name }) => (name.startsWith(part) ? [name] : [])).slice(0, maxShown);
}

function distanceOf(wanted: string, spelling: string): number {
  const whole = editDistance(wanted, spelling);
  return wanted.length > 2 && spelling.includes(wanted) ? Math.min(whole, 1) : whole;
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
