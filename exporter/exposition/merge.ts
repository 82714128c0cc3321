/** Makes one exposition of what several collectors found: a family stands in one place, a series appears once. */
import type { Family, Sample } from './family.ts';

/** Called for what is left out, with the reason. */
export type OnConflict = (family: string, reason: string) => void;

/**
 * Families in the order of their first appearance. Files of the textfile collector may add series to a family that
 * exists; what contradicts it (another type, a series that is there) is left out: first come, first served.
 */
export function mergeFamilies(families: readonly Family[], onConflict: OnConflict): readonly Family[] {
  const names = new Set<string>();
  for (const { name } of families) names.add(name);
  if (names.size === families.length) return families;
  const byName = new Map<string, Family>();
  for (const family of families) {
    const first = byName.get(family.name);
    byName.set(family.name, first === undefined ? family : merge(first, family, onConflict));
  }
  return [...byName.values()];
}

function merge(first: Family, second: Family, onConflict: OnConflict): Family {
  if (first.type !== second.type) {
    onConflict(first.name, `it is a ${first.type} and appears again as a ${second.type}`);
    return first;
  }
  const known = new Set(first.samples.map(seriesKey));
  const added = second.samples.filter((sample) => !known.has(seriesKey(sample)));
  if (added.length < second.samples.length) onConflict(first.name, 'a series appears more than once');
  return { ...first, samples: [...first.samples, ...added] };
}

/** Names a series within its family, whatever the order of its labels. */
export function seriesKey({ labels, suffix = '' }: Sample): string {
  return JSON.stringify([suffix, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
