/** Implements `metrics.cpu.per_cpu: false`: exposes the mean of all CPUs, so that the number of series does not grow with the number of CPUs. */
import type { CollectorRead } from '../../collector/collector.ts';
import type { Family, Sample } from '../../exposition/family.ts';

/**
 * Replaces the series of the CPUs by their mean, with `cpu="all"`. With the mean, unlike the sum, the usual expressions such
 * as `avg(rate(idle))` still give the share in use.
 */
export function meanOfCpus(read: CollectorRead): CollectorRead {
  return async (signal) => (await read(signal)).map(meanOfFamily);
}

function meanOfFamily(family: Family): Family {
  if (!family.name.endsWith('_seconds_total')) return family;
  const sums = new Map<string, { readonly sample: Sample; sum: number; count: number }>();
  for (const sample of family.samples) {
    if (sample.labels['cpu'] === undefined) return family;
    const key = JSON.stringify({ ...sample.labels, cpu: 'all' });
    const entry = sums.get(key) ?? { sample, sum: 0, count: 0 };
    entry.sum += sample.value;
    entry.count += 1;
    sums.set(key, entry);
  }
  const samples = [...sums.values()].map(({ sample, sum, count }) => ({
    labels: { ...sample.labels, cpu: 'all' },
    value: sum / count,
  }));
  return { ...family, samples };
}
