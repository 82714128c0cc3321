/** What somebody may have meant who named a metric that the catalogue does not have: by its names, and by the families that it reads. */

import { familiesOf } from '../../common/catalogue/expression.ts';
import { metrics } from '../../common/catalogue/index.ts';
import { editDistance } from './edit-distance.ts';

interface Candidate {
  /** In the catalogue. */
  readonly name: string;
  /** What the given text may be a misspelling of. */
  readonly spelling: string;
}

const candidates: readonly Candidate[] = metrics.flatMap(({ name, exported }) => [
  { name, spelling: name },
  ...familiesOf(exported).map((family) => ({ name, spelling: family })),
]);

const shownAtMost = 5;
const longestName = 100;

export function explainMetric(given: string): string {
  const near = nearest(given.slice(0, longestName));
  const such = near.length > 0 ? `such as ${near.join(', ')}` : 'such as cpu.usage.total';
  const got = given.length > 80 ? `${given.slice(0, 77)}...` : given;
  const hint = /^\w+_\w+$/.test(given) ? "; a name of Prometheus' is for expr" : '';
  return `expected a metric of the catalogue (docs/metrics.md), ${such}; got ${JSON.stringify(got)}${hint}`;
}

/** The nearest first; where none is near, those of the same part. One that the given text is a part of is as near as one with a letter wrong. */
function nearest(given: string): readonly string[] {
  const wanted = given.toLowerCase();
  const ranked = candidates
    .map(({ name, spelling }) => ({ name, distance: distanceOf(wanted, spelling) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best === undefined || best.distance > Math.max(2, wanted.length / 2)) return ofPart(wanted);
  const near = ranked.filter(({ distance }) => distance <= best.distance + 1);
  return [...new Set(near.map(({ name }) => name))].slice(0, shownAtMost);
}

function ofPart(wanted: string): readonly string[] {
  const part = `${wanted.split('.')[0]}.`;
  return metrics.flatMap(({ name }) => (name.startsWith(part) ? [name] : [])).slice(0, shownAtMost);
}

function distanceOf(wanted: string, spelling: string): number {
  const whole = editDistance(wanted, spelling);
  return wanted.length > 2 && spelling.includes(wanted) ? Math.min(whole, 1) : whole;
}
