/** Converts an OTLP data point to Prometheus samples: one for a number, and one per bucket or quantile, `_sum` and `_count` for the others. */
import type { HistogramPoint, Metric, NumberPoint, Point, SummaryPoint } from '../../common/otlp/metrics-data.ts';
import type { RejectReason } from '../ingest/sample-checks.ts';
import type { KnownParts, SeriesPart } from './known-parts.ts';
import { renderBound } from './labels.ts';

export interface PointSample extends SeriesPart {
  /** Null is a stale marker. */
  readonly value: number | null;
}

export interface PointFault {
  readonly reason: RejectReason;
  readonly message: string;
}

/** Returns the samples of the point. `key` identifies the histogram or summary among those in `known`. */
export function samplesOf(
  metric: Metric,
  point: Point,
  { known, key }: { readonly known: KnownParts; readonly key: () => string },
): readonly PointSample[] | PointFault {
  if (metric.kind !== 'histogram' && metric.kind !== 'summary') return numberSamples(point as NumberPoint);
  const read =
    metric.kind === 'histogram' ? histogramSamples(point as HistogramPoint) : summarySamples(point as SummaryPoint);
  if (point.hasEnded) return endSamples(Array.isArray(read) ? read : [], known.find(key()));
  if (!('message' in read))
    known.note(
      key(),
      read.map(({ suffix, extra }) => ({ suffix, extra })),
    );
  return read;
}

/** Returns a stale marker for each series of the point and for each series that earlier points of the same metric had. */
function endSamples(own: readonly SeriesPart[], known: readonly SeriesPart[]): readonly PointSample[] {
  const parts = known.length > 0 ? [...known, ...own] : [...own, { suffix: '_sum', extra: {} }];
  const unique = new Map(parts.map(({ suffix, extra }) => [JSON.stringify([suffix, extra]), { suffix, extra }]));
  return [...unique.values()].map((part) => ({ ...part, value: null }));
}

function numberSamples({ value, hasEnded }: NumberPoint): readonly PointSample[] | PointFault {
  if (hasEnded) return [{ suffix: '', extra: {}, value: null }];
  if (value === undefined) return { reason: 'malformed', message: 'expected as_double or as_int' };
  return [{ suffix: '', extra: {}, value }];
}

/** Returns cumulative buckets. The last one is `+Inf` and equals the count. */
function histogramSamples({ bounds, bucketCounts, count, sum }: HistogramPoint): readonly PointSample[] | PointFault {
  const isBare = bucketCounts.length === 0 && bounds.length === 0;
  if (!isBare && bucketCounts.length !== bounds.length + 1)
    return {
      reason: 'histogram',
      message: `expected ${bounds.length + 1} bucket counts for ${bounds.length} bounds, got ${bucketCounts.length}`,
    };
  if (bounds.some((bound, at) => !(bound > (bounds[at - 1] ?? Number.NEGATIVE_INFINITY))))
    return { reason: 'histogram', message: 'expected bounds in ascending order' };
  let below = 0;
  const buckets = bounds.flatMap((bound, at) => {
    below += bucketCounts[at] as number;
    return bound === Number.POSITIVE_INFINITY ? [] : [bucket(renderBound(bound), below)];
  });
  return [
    { suffix: '_count', extra: {}, value: count },
    ...(sum === undefined ? [] : [{ suffix: '_sum', extra: {}, value: sum }]),
    ...buckets,
    bucket('+Inf', count),
  ];
}

function bucket(le: string, value: number): PointSample {
  return { suffix: '_bucket', extra: { le }, value };
}

function summarySamples({ count, sum, quantiles }: SummaryPoint): readonly PointSample[] {
  return [
    { suffix: '_count', extra: {}, value: count },
    { suffix: '_sum', extra: {}, value: sum },
    ...quantiles.map(({ quantile, value }) => ({ suffix: '', extra: { quantile: renderBound(quantile) }, value })),
  ];
}
