/**
 * The OTLP metrics model, independent of the encoding, with the fields that hostpulse uses.
 * Source: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */

/** Values by key, rendered as label values. */
export type Attributes = ReadonlyMap<string, string>;

export interface ResourceMetrics {
  readonly attributes: Attributes;
  readonly metrics: readonly Metric[];
  /** Why the resource cannot be read; its points are rejected. */
  readonly fault?: Fault | undefined;
}

/** The instrumentation library that made a metric: part of the identity of the metric's series. */
export interface Scope {
  /** Empty when the sender names none. */
  readonly name: string;
  readonly version: string;
}

/** A part of a request that cannot be read. */
export interface Fault {
  /** The place of the fault below its metric or resource, such as `gauge.dataPoints[3].attributes[0].key`. */
  readonly path: string;
  readonly message: string;
}

export type Temporality = 'unspecified' | 'delta' | 'cumulative';

export type Metric = NumberMetric | HistogramMetric | SummaryMetric | UnreadMetric;

interface Named {
  readonly name: string;
  /** A UCUM unit: `s`, `By`, `1`. */
  readonly unit: string;
  /** Undefined when the sender names no scope. */
  readonly scope?: Scope | undefined;
}

/** Points that were left out because they cannot be read: one fault a point. */
interface PointFaults {
  readonly faults?: readonly Fault[];
}

export interface NumberMetric extends Named, PointFaults {
  readonly kind: 'gauge' | 'sum';
  /** `cumulative` for a gauge, which has none. */
  readonly temporality: Temporality;
  readonly isMonotonic: boolean;
  readonly points: readonly NumberPoint[];
}

export interface HistogramMetric extends Named, PointFaults {
  readonly kind: 'histogram';
  readonly temporality: Temporality;
  readonly points: readonly HistogramPoint[];
}

export interface SummaryMetric extends Named, PointFaults {
  readonly kind: 'summary';
  readonly points: readonly SummaryPoint[];
}

/** A metric of a kind that is not supported, without data, or malformed. */
export interface UnreadMetric extends Named {
  readonly kind: 'exponential histogram' | 'none' | 'malformed';
  /** The number of points. */
  readonly count: number;
  /** The fault of a malformed metric. */
  readonly fault?: Fault;
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

/** The request, or a part of the request, is malformed. */
export class OtlpError extends Error {
  /** The place of the fault; empty for the whole message. */
  readonly path: string;
  readonly fault: string;

  constructor(fault: string, options: ErrorOptions & { readonly path?: string } = {}) {
    const { path = '' } = options;
    super(path === '' ? fault : `${path}: ${fault}`, options);
    this.name = 'OtlpError';
    this.path = path;
    this.fault = fault;
  }
}

/** `DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`. */
export const noRecordedValue = 1;

/** `AggregationTemporality`, by number. */
export const temporalities: readonly Temporality[] = ['unspecified', 'delta', 'cumulative'];
