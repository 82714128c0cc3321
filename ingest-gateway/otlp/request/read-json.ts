/**
 * Reads an `ExportMetricsServiceRequest` in JSON. Unknown members are ignored. A fault of a point, a metric or a resource costs
 * that point, metric or resource. Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import {
  type Fault,
  type HistogramPoint,
  type Metric,
  type NumberPoint,
  noRecordedValue,
  OtlpError,
  type Point,
  type ResourceMetrics,
  type Scope,
  type SummaryPoint,
  type Temporality,
  temporalities,
} from '../../../common/otlp/metrics-data.ts';
import { readAttributes } from './json-attributes.ts';
import {
  boolean,
  entries,
  integer,
  type Json,
  list,
  member,
  number,
  object,
  readOrFault,
  text,
} from './json-members.ts';

/** Throws an `OtlpError` when the text is not JSON or has no list of resources. */
export function readJsonRequest(json: string): readonly ResourceMetrics[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw new OtlpError(`expected JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
  return entries(object(parsed, 'body'), 'resourceMetrics', 'body').map(([resource, at]) => readResource(resource, at));
}

/** A resource whose attributes cannot be read keeps its metrics, so that its points can be counted. */
function readResource(raw: unknown, at: string): ResourceMetrics {
  const attributes = readOrFault(() => {
    const resource = member(object(raw, at), 'resource');
    return resource === undefined ? new Map<string, string>() : readAttributes(object(resource, `${at}.resource`), at);
  });
  const metrics = readOrFault(() => entries(object(raw, at), 'scopeMetrics', at).flatMap(readScopeMetrics));
  const fault = [attributes, metrics].find((read) => 'message' in read);
  return {
    attributes: attributes instanceof Map ? attributes : new Map(),
    metrics: Array.isArray(metrics) ? metrics : [],
    ...(fault === undefined ? {} : { fault }),
  };
}

function readScopeMetrics([raw, at]: readonly [unknown, string]): readonly Metric[] {
  const metrics = readOrFault(() => {
    const scopeMetrics = object(raw, at);
    const scope = readScope(member(scopeMetrics, 'scope'), `${at}.scope`);
    return entries(scopeMetrics, 'metrics', at).map(([metric, metricAt]): Metric => {
      const read = readOrFault(() => readMetric(object(metric, metricAt), metricAt, scope));
      return 'kind' in read ? read : malformed(read);
    });
  });
  return 'message' in metrics ? [malformed(metrics)] : metrics;
}

function malformed(fault: Fault): Metric {
  return { name: '', unit: '', kind: 'malformed', count: 1, fault };
}

function readScope(raw: unknown, at: string): Scope | undefined {
  if (raw === undefined) return undefined;
  const scope = object(raw, at);
  const name = text(member(scope, 'name'), `${at}.name`);
  return name === '' ? undefined : { name, version: text(member(scope, 'version'), `${at}.version`) };
}

function readMetric(metric: Json, at: string, scope: Scope | undefined): Metric {
  const named = {
    name: text(member(metric, 'name'), `${at}.name`),
    unit: text(member(metric, 'unit'), `${at}.unit`),
    ...(scope === undefined ? {} : { scope }),
  };
  const dataOf = (kind: string): Json | undefined => {
    const data = member(metric, kind);
    return data === undefined ? undefined : object(data, `${at}.${kind}`);
  };
  const [gauge, sum, histogram, summary] = ['gauge', 'sum', 'histogram', 'summary'].map(dataOf);
  if (gauge !== undefined)
    return {
      ...named,
      kind: 'gauge',
      ...readPoints(gauge, `${at}.gauge`, readNumberPoint),
      temporality: 'cumulative',
      isMonotonic: false,
    };
  if (sum !== undefined)
    return {
      ...named,
      kind: 'sum',
      ...readPoints(sum, `${at}.sum`, readNumberPoint),
      temporality: readTemporality(sum),
      isMonotonic: boolean(member(sum, 'isMonotonic')),
    };
  if (histogram !== undefined)
    return {
      ...named,
      kind: 'histogram',
      ...readPoints(histogram, `${at}.histogram`, readHistogramPoint),
      temporality: readTemporality(histogram),
    };
  if (summary !== undefined)
    return { ...named, kind: 'summary', ...readPoints(summary, `${at}.summary`, readSummaryPoint) };
  const exponential = dataOf('exponentialHistogram');
  if (exponential === undefined) return { ...named, kind: 'none', count: 0 };
  return { ...named, kind: 'exponential histogram', count: entries(exponential, 'dataPoints', at).length };
}

/** Reads the points; one that cannot be read becomes a fault. */
function readPoints<P extends Point>(data: Json, at: string, read: (point: Json, at: string) => P) {
  const points: P[] = [];
  const faults: Fault[] = [];
  for (const [raw, pointAt] of entries(data, 'dataPoints', at)) {
    const point = readOrFault(() => read(object(raw, pointAt), pointAt));
    if ('timeMs' in point) points.push(point);
    else faults.push(point);
  }
  return { points, faults };
}

/** Accepts the number, as OTLP requires, and the name, as protobuf's JSON mapping allows. */
function readTemporality(data: Json): Temporality {
  const given = member(data, 'aggregationTemporality');
  const named = temporalities.find((each) => given === `AGGREGATION_TEMPORALITY_${each.toUpperCase()}`);
  return named ?? temporalities[Number(given)] ?? 'unspecified';
}

function readPoint(point: Json, at: string): Point {
  const flags = number(member(point, 'flags') ?? 0, `${at}.flags`);
  return {
    attributes: readAttributes(point, at),
    timeMs: Number(integer(member(point, 'timeUnixNano') ?? 0, `${at}.timeUnixNano`) / 1_000_000n),
    hasEnded: (flags & noRecordedValue) !== 0,
  };
}

function readNumberPoint(point: Json, at: string): NumberPoint {
  const given = member(point, 'asDouble') ?? member(point, 'asInt');
  return { ...readPoint(point, at), value: given === undefined ? undefined : number(given, at) };
}

function readHistogramPoint(point: Json, at: string): HistogramPoint {
  const sum = member(point, 'sum');
  return {
    ...readPoint(point, at),
    count: number(member(point, 'count') ?? 0, `${at}.count`),
    sum: sum === undefined ? undefined : number(sum, `${at}.sum`),
    bucketCounts: numbers(point, 'bucketCounts', at),
    bounds: numbers(point, 'explicitBounds', at),
  };
}

function numbers(point: Json, name: string, at: string): number[] {
  return entries(point, name, at).map(([each, eachAt]) => number(each, eachAt));
}

function readSummaryPoint(point: Json, at: string): SummaryPoint {
  return {
    ...readPoint(point, at),
    count: number(member(point, 'count') ?? 0, `${at}.count`),
    sum: number(member(point, 'sum') ?? 0, `${at}.sum`),
    quantiles: list(point, 'quantileValues', at).map(([each, eachAt]) => ({
      quantile: number(member(each, 'quantile') ?? 0, eachAt),
      value: number(member(each, 'value') ?? 0, eachAt),
    })),
  };
}
