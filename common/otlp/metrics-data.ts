/**
 * The OTLP metrics model, independent of the encoding, with the fields that hostpulse uses.
 * Source: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */

/** Values by key, rendered as label values. */
export type Attributes = ReadonlyMap<string, string>;

export interface ResourceMetrics {
  readonly attributes: Attributes;
  readonly metrics: readonly Metric[];
}

export type Temporality = 'unspecified' | 'delta' | 'cumulative';

export type Metric = NumberMetric | HistogramMetric | SummaryMetric | UnreadMetric;

interface Named {
  readonly name: string;
  /** A UCUM unit: `s`, `By`, `1`. */
  readonly unit: string;
}

export interface NumberMetric extends Named {
  readonly kind: 'gauge' | 'sum';
  /** `cumulative` for a gauge, which has none. */
  readonly temporality: Temporality;
  readonly isMonotonic: boolean;
  readonly points: readonly NumberPoint[];
}

export interface HistogramMetric extends Named {
  readonly kind: 'histogram';
  readonly temporality: Temporality;
  readonly points: readonly HistogramPoint[];
}

export interface SummaryMetric extends Named {
  readonly kind: 'summary';
  readonly points: readonly SummaryPoint[];
}

/** A metric of a kind that is not supported, or without data. */
export interface UnreadMetric extends Named {
  readonly kind: 'exponential histogram' | 'none';
  /** The number of points. */
  readonly count: number;
}

export interface Point {
  readonly attributes: Attributes;
  /** Since 1970; 0 when absent. */
  readonly timeMs: number;
  /** The point ends the series: the flag "no recorded value". */
  readonly hasEnded: boolean;
}

export interface NumberPoint extends Point {
  /** Undefined when absent. */
  readonly value: number | undefined;
}

export interface HistogramPoint extends Point {
  readonly count: number;
  readonly sum: number | undefined;
  /** Counts per bucket, not cumulative: one more than `bounds`, or none when the point has only count and sum. */
  readonly bucketCounts: readonly number[];
  readonly bounds: readonly number[];
}

export interface SummaryPoint extends Point {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** The request is malformed. */
export class OtlpError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OtlpError';
  }
}

/** `DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`. */
export const noRecordedValue = 1;

/** `AggregationTemporality`, by number. */
export const temporalities: readonly Temporality[] = ['unspecified', 'delta', 'cumulative'];
