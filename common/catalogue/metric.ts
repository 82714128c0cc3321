/** The definition of a metric, and the names derived from it. */
import { avgWithout, type Expression, readsCounters } from './expression.ts';

export type Unit = 'percent' | 'count' | 'load' | 'bytes' | 'bytes/s' | 'ops/s' | 'packets/s' | 'errors/s';

/** The labels that may distinguish series of one metric within a host. */
export const dimensionLabels = ['cpu', 'device', 'mountpoint', 'fstype'] as const;
export type DimensionLabel = (typeof dimensionLabels)[number];

export interface MetricDefinition {
  /** Dotted: `cpu.usage.total`. */
  readonly name: string;
  readonly help: string;
  readonly unit: Unit;
  readonly labels: readonly DimensionLabel[];
  /** How often the exporter reads the value. Every sample set contains the last reading. */
  readonly interval: '5s' | '30s' | 'once';
  /** Whether the maximum is recorded beside the mean. */
  readonly peak: boolean;
  /** The value, from the families that the exporter exposes. */
  readonly exported: Expression;
}

export interface CatalogueMetric extends MetricDefinition {
  /** `rate`: from counters, as increase per second; `gauge`: from gauges. */
  readonly kind: 'gauge' | 'rate';
  /** The labels of a recorded series besides `job` and static labels, in the spelling of recording rules: `instance_device`. */
  readonly level: string;
  /** The family of values that agents push by the dotted name: `hostpulse_cpu_usage_total`. */
  readonly pushedFamily: string;
  /** The pushed values, aggregated to one series for each host and label set of the catalogue. */
  readonly pushed: Expression;
}

/** Labels of pushed samples that the catalogue drops, besides the dimensions that a metric does not have. */
const foreignTags = ['mode', 'metric_type'] as const;

export function defineMetric(definition: MetricDefinition): CatalogueMetric {
  const pushedFamily = `hostpulse_${underscored(definition.name)}`;
  const dropped = [...dimensionLabels.filter((label) => !definition.labels.includes(label)), ...foreignTags];
  // A bare selector keeps its metric name, so that `or` would return the exported and the pushed series. Aggregation drops the name.
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

/** Returns `cpu.usage.total` as `cpu_usage_total`. */
export function underscored(dotted: string): string {
  return dotted.replaceAll('.', '_');
}
