/** Collects samples device by device and returns them metric by metric. */
import type { Family, Labels, MetricType, Sample } from './family.ts';

export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Converts a value to the unit of the metric: a sample is the value divided by this number, such as 1,000 for milliseconds. Absent: 1. */
  readonly divisor?: number;
}

/** A metric whose value is the content of a file, or of a line. */
export interface AttributeMetric extends Metric {
  /** Path of the file below the folder of its device, or name of a line in a file of several values. */
  readonly attribute: string;
}

export interface SampleTable {
  /** Divides the value by the divisor of the metric and adds the sample. Ignores an undefined value: a value that was not read has no sample. */
  add(metric: Metric, labels: Labels, value: number | undefined): void;
  /** Returns the families sorted by name. */
  families(): Family[];
}

/** Creates a table. Metrics in `declared` have a family even without samples: a collector that returns no family reports "no data". */
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
