/** Suggests metrics for an unknown metric name, by the names of the catalogue and of the families that they read. */
import { allMetrics } from '../../common/catalogue/metrics.ts';
import { editDistance } from '../../common/program/settings/nearest-name.ts';

interface Candidate {
  /** Dotted name. */
  readonly name: string;
  /** A name that the given text may be a misspelling of. */
  readonly spelling: string;
}

const candidates: readonly Candidate[] = allMetrics.flatMap(({ name, exportedFamilies }) => [
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
  return allMetrics.flatMap(({ name }) => (name.startsWith(part) ? [name] : [])).slice(0, maxShown);
}

function distanceOf(wanted: string, spelling: string): number {
  const whole = editDistance(wanted, spelling);
  return wanted.length > 2 && spelling.includes(wanted) ? Math.min(whole, 1) : whole;
}
