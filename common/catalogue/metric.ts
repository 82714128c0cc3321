/** What the catalogue says of a metric, and the names that follow from it. */
import { avgWithout, type Expression, readsCounters } from './expression.ts';

export type Unit = 'percent' | 'count' | 'load' | 'bytes' | 'bytes/s' | 'ops/s' | 'packets/s' | 'errors/s';

/** The labels by which a metric may be told apart within a host. */
export const dimensionLabels = ['cpu', 'device', 'mountpoint', 'fstype'] as const;
export type DimensionLabel = (typeof dimensionLabels)[number];

export interface MetricDefinition {
  /** Dotted: `cpu.usage.total`. */
  readonly name: string;
  readonly help: string;
  readonly unit: Unit;
  readonly labels: readonly DimensionLabel[];
  /** How often the exporter reads it anew; every sample set carries the last reading. */
  readonly interval: '5s' | '30s' | 'once';
  /** Whether the highest value is kept beside the mean. */
  readonly peak: boolean;
  /** From the families that the exporter exposes. */
  readonly exported: Expression;
}

export interface CatalogueMetric extends MetricDefinition {
  /** `rate`: made of counters, as increase per second; `gauge`: made of levels. */
  readonly kind: 'gauge' | 'rate';
  /** The labels that a recorded series keeps beside job and static ones, as recording rules spell them: `instance_device`. */
  readonly level: string;
  /** The family that holds values which agents push under the dotted name itself: `hostpulse_cpu_usage_total`. */
  readonly pushedFamily: string;
  /** Those values, as one series for each host and label set of the catalogue. */
  readonly pushed: Expression;
}

/** What agents add to pushed samples and the catalogue does not keep, beside the dimensions that a metric does not have. */
const foreignTags = ['mode', 'metric_type'] as const;

export function defineMetric(definition: MetricDefinition): CatalogueMetric {
  const pushedFamily = `hostpulse_${underscored(definition.name)}`;
  const dropped = [...dimensionLabels.filter((label) => !definition.labels.includes(label)), ...foreignTags];
  // A bare selector keeps its metric name, and a series under two names would be two: aggregated, both sides are equal.
  const bare = definition.exported.kind === 'gauge';
  return {
    ...definition,
    exported: bare ? avgWithout(dropped, definition.exported) : definition.exported,
    kind: readsCounters(definition.exported) ? 'rate' : 'gauge',
    level: ['instance', ...definition.labels].join('_'),
    pushedFamily,
    pushed: avgWithout(dropped, { kind: 'gauge', family: pushedFamily, where: [] }),
  };
}

/** `cpu.usage.total` as Prometheus can spell it: `cpu_usage_total`. */
export function underscored(dotted: string): string {
  return dotted.replaceAll('.', '_');
}
