/**
 * Metrics as OTLP carries them, whether they came as protobuf or as JSON; what nobody here reads is left out.
 * Source: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */

/** By key; values as the text that a label can hold. */
export type Attributes = ReadonlyMap<string, string>;

export interface ResourceMetrics {
  readonly attributes: Attributes;
  readonly metrics: readonly Metric[];
}

export type Temporality = 'unspecified' | 'delta' | 'cumulative';

export type Metric = NumberMetric | HistogramMetric | SummaryMetric | UnreadMetric;

interface Named {
  readonly name: string;
  /** In UCUM: `s`, `By`, `1`. */
  readonly unit: string;
}

export interface NumberMetric extends Named {
  readonly kind: 'gauge' | 'sum';
  /** Of a gauge: cumulative, as it does not matter. */
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

/** A kind that nothing here reads, or none at all. */
export interface UnreadMetric extends Named {
  readonly kind: 'exponential histogram' | 'none';
  /** How many points it has. */
  readonly count: number;
}

export interface Point {
  readonly attributes: Attributes;
  /** Since the epoch; 0 where the sender gave none. */
  readonly timeMs: number;
  /** The sender says that there is no value any more. */
  readonly hasEnded: boolean;
}

export interface NumberPoint extends Point {
  /** Undefined where the point has none. */
  readonly value: number | undefined;
}

export interface HistogramPoint extends Point {
  readonly count: number;
  readonly sum: number | undefined;
  /** One more than bounds, each of its bucket alone; none where only count and sum are known. */
  readonly bucketCounts: readonly number[];
  readonly bounds: readonly number[];
}

export interface SummaryPoint extends Point {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** Bytes or a text that are no export request. */
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
