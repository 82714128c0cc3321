/** Computes a snapshot, the current values of catalogue metrics on one host, from two scrapes. */
import type { CatalogueMetric } from '../../common/catalogue/metrics.ts';
import { createEvaluate, type Scraped, type SeriesValue } from './evaluate.ts';

export interface Snapshot {
  readonly host: string;
  /** The time of the later scrape, in milliseconds since 1970. */
  readonly timeMs: number;
  /** The time between the scrapes, over which rates are averaged. */
  readonly seconds: number;
  /** In the catalogue's order. Metrics without a value on this host have no series. */
  readonly metrics: readonly MetricValues[];
}

export interface MetricValues {
  readonly metric: CatalogueMetric;
  readonly series: readonly SeriesValue[];
}

export interface SnapshotOptions {
  readonly host: string;
  readonly timeMs: number;
  readonly metrics: readonly CatalogueMetric[];
}

export function createSnapshot(before: Scraped, after: Scraped, { host, timeMs, metrics }: SnapshotOptions): Snapshot {
  const evaluate = createEvaluate(before, after);
  const seconds = (after.atMs - before.atMs) / 1000;
  return {
    host,
    timeMs,
    seconds,
    metrics: metrics.map((metric) => ({ metric, series: evaluate(metric.exported) })),
  };
}
