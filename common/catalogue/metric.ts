/** Defines a metric of the catalogue: its fields, the names of its recorded series, and its operations. */
import { avgWithout, type Expression, familiesOf, readsCounters } from './expression.ts';
import type { Operation, RecordedTierName } from './tiers.ts';

export type Unit = 'percent' | 'count' | 'load' | 'bytes' | 'bytes/s' | 'ops/s' | 'packets/s' | 'errors/s' | 'celsius';

/** The labels that may distinguish series of one metric of hosts within a host. Other metrics drop these labels of pushed samples. */
export const dimensionLabels = ['cpu', 'device', 'mountpoint', 'fstype'] as const;
/** The labels that may distinguish series of one workload metric, and which may be static labels of hosts: no metric drops them. */
type WorkloadLabel = 'unit' | 'name' | 'groupname' | 'chip' | 'sensor' | 'uuid';
export type DimensionLabel = (typeof dimensionLabels)[number] | WorkloadLabel;

export interface MetricDefinition {
  /** Dotted: `cpu.usage.total`. */
  readonly name: string;
  readonly help: string;
  readonly unit: Unit;
  readonly labels: readonly DimensionLabel[];
  /** How often the exporter reads the value. Every sample set contains the last reading. */
  readonly interval: '5s' | '30s' | '5m' | 'once';
  /** Whether the maximum is recorded beside the mean. */
  readonly peak: boolean;
  /** How many series of a host are recorded, the largest first. Absent: all. */
  readonly top?: number;
  /** The value, from the families that the exporter exposes. */
  readonly exported: Expression;
}

export interface CatalogueMetric extends MetricDefinition {
  /** `rate`: from counters, as increase per second; `gauge`: from gauges. */
  readonly kind: 'gauge' | 'rate';
  /** The labels of a recorded series besides `job` and static labels, in the spelling of recording rules: `instance_device`. */
  readonly level: string;
  /** The families that `exported` reads, without duplicates. */
  readonly exportedFamilies: readonly string[];
  /** The family of values that agents push by the dotted name: `hostpulse_cpu_usage_total`. */
  readonly pushedFamily: string;
  /** The pushed values, aggregated to one series for each host and label set of the catalogue. */
  readonly pushed: Expression;
}

/** Labels of pushed samples that the catalogue drops, besides the dimensions that a metric does not have. */
const foreignTags = ['mode', 'metric_type'] as const;

function defineMetric(definition: MetricDefinition): CatalogueMetric {
  const pushedFamily = `hostpulse_${underscored(definition.name)}`;
  const dropped: readonly string[] = [
    ...dimensionLabels.filter((label) => !definition.labels.includes(label)),
    ...foreignTags,
  ];
  // A bare selector keeps its metric name, so that `or` would return the exported and the pushed series. Aggregation drops the name.
  const bare = definition.exported.kind === 'gauge';
  return {
    ...definition,
    exported: bare ? avgWithout(dropped, definition.exported) : definition.exported,
    exportedFamilies: familiesOf(definition.exported),
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

/** Returns the recorded operations of a metric: the mean, and the maximum where peaks matter. */
export function operationsOf(metric: CatalogueMetric): readonly Operation[] {
  return metric.peak ? ['avg', 'max'] : ['avg'];
}

/** Returns a name such as `instance_device:disk_io_read_bytes:avg5m`. Throws when the operation is not recorded. */
export function recordingName(metric: CatalogueMetric, operation: Operation, tier: RecordedTierName): string {
  if (!operationsOf(metric).includes(operation)) throw new Error(`${metric.name}: ${operation} is not recorded`);
  return `${metric.level}:${underscored(metric.name)}:${operation}${tier}`;
}

export type Details = Partial<Pick<MetricDefinition, 'labels' | 'interval' | 'peak' | 'top'>>;

/** Defines metrics of one unit. By default a host has one series, read at each scrape, and no maximum is recorded. */
export function metricsOf(unit: Unit, group: string, common: Details = {}) {
  return (name: string, help: string, exported: Expression, details: Details = {}): CatalogueMetric =>
    defineMetric({
      name: `${group}.${name}`,
      help,
      unit,
      labels: [],
      interval: '5s',
      peak: false,
      ...common,
      ...details,
      exported,
    });
}
