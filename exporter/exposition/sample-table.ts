/** Collects samples device by device and returns them metric by metric. */
import type { Family, Labels, MetricType, Sample } from './family.ts';

export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** The sample is the value divided by this number: 1,000 for milliseconds. Absent: 1. */
  readonly divisor?: number;
}

/** A metric whose value is the content of a file. */
export interface AttributeMetric extends Metric {
  /** The path of the file below the folder of its device. */
  readonly attribute: string;
}

export interface SampleTable {
  /** Adds a sample of the value divided by the divisor. Ignores an undefined value: a value that was not read has no sample. */
  add(metric: Metric, labels: Labels, value: number | undefined): void;
  /** Returns the families sorted by name. */
  families(): Family[];
}

/** `declared` metrics have a family even without samples: a collector that returns no family reports "no data". */
export function createSampleTable(declared: readonly Metric[] = []): SampleTable {
  const families = new Map<string, { readonly metric: Metric; readonly samples: Sample[] }>();
  for (const metric of declared) families.set(metric.name, { metric, samples: [] });
  return {
    add(metric, labels, raw) {
      if (raw === undefined) return;
      const value = raw / (metric.divisor ?? 1);
      const known = families.get(metric.name);
      if (known === undefined) families.set(metric.name, { metric, samples: [{ labels, value }] });
      else known.samples.push({ labels, value });
    },
    families() {
      return [...families.values()]
        .sort((a, b) => (a.metric.name < b.metric.name ? -1 : 1))
        .map(({ metric: { name, type, help }, samples }) => ({ name, type, help, samples }));
    },
  };
}

/** Replaces the characters that a metric name must not have, as node_exporter does. */
export function metricName(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_:]/g, '_');
}
