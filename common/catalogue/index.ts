/** The list of all metrics. Recording rules, API names, units, panels and docs/metrics.md are generated from it. */
import { cpuMetrics } from './cpu.ts';
import { diskMetrics } from './disk.ts';
import { memoryMetrics } from './memory.ts';
import type { CatalogueMetric } from './metric.ts';
import { networkMetrics } from './network.ts';

export const metrics: readonly CatalogueMetric[] = [...cpuMetrics, ...memoryMetrics, ...diskMetrics, ...networkMetrics];

const byName = new Map(metrics.map((metric) => [metric.name, metric]));

/** Returns the metric with the dotted name, or undefined. */
export function metricByName(name: string): CatalogueMetric | undefined {
  return byName.get(name);
}
