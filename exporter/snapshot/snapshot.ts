/** A snapshot: the value now of catalogue metrics on one host, from two scrapes. */
import type { CatalogueMetric } from '../../common/catalogue/metric.ts';
import { createEvaluate, type Scraped, type SeriesValue } from './evaluate.ts';

export interface Snapshot {
  readonly host: string;
  /** Milliseconds since 1970, of the later scrape. */
  readonly timeMs: number;
  /** Between the scrapes: rates are means over it. */
  readonly seconds: number;
  /** In the catalogue's order; a metric that this host has no value of has no series. */
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
