/**
 * Reads an `ExportMetricsServiceRequest` in JSON: camel-case names, 64-bit integers as strings or numbers. Unknown members are
 * ignored. Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

import {
  type HistogramPoint,
  type Metric,
  type NumberPoint,
  noRecordedValue,
  OtlpError,
  type Point,
  type ResourceMetrics,
  type SummaryPoint,
  type Temporality,
  temporalities,
} from '../../common/otlp/metrics-data.ts';
import { type AttributeValue, renderAttribute } from './attribute-text.ts';

type Json = Readonly<Record<string, unknown>>;

/** Throws an `OtlpError` that names the path of the first error. */
export function readJsonRequest(text: string): readonly ResourceMetrics[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new OtlpError(`expected JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
  return list(object(parsed, 'body'), 'resourceMetrics', 'body').map(([resource, at]) => ({
    attributes: readAttributes(
      resource['resource'] === undefined ? {} : object(resource['resource'], `${at}.resource`),
      at,
    ),
    metrics: list(resource, 'scopeMetrics', at).flatMap(([scope, scopeAt]) =>
      list(scope, 'metrics', scopeAt).map(([metric, metricAt]) => readMetric(metric, metricAt)),
    ),
  }));
}

function object(value: unknown, at: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new OtlpError(`${at}: expected an object`);
}

/** Returns each entry with its path; an absent member is an empty list. */
function list(parent: Json, name: string, at: string): [Json, string][] {
  const value = parent[name] ?? [];
  const path = at === 'body' ? name : `${at}.${name}`;
  if (!Array.isArray(value)) throw new OtlpError(`${path}: expected a list`);
  return (value as unknown[]).map((each, index) => [object(each, `${path}[${index}]`), `${path}[${index}]`]);
}

function text(value: unknown, at: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new OtlpError(`${at}: expected a text`);
}

/** Accepts strings for 64-bit integers, NaN and the infinities. */
function number(value: unknown, at: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^(?:[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Infinity)|NaN)$/.test(value))
    return Number(value);
  throw new OtlpError(`${at}: expected a number`);
}

function readAttributes(parent: Json, at: string): Map<string, string> {
  return new Map(
    list(parent, 'attributes', at).map(([pair, pairAt]) => [
      text(pair['key'], `${pairAt}.key`),
      renderAttribute(readAnyValue(pair['value'], `${pairAt}.value`, 0)),
    ]),
  );
}

const maxDepth = 16;

function readAnyValue(raw: unknown, at: string, depth: number): AttributeValue {
  if (depth > maxDepth) throw new OtlpError(`${at}: nested more than ${maxDepth} deep`);
  if (raw === undefined || raw === null) return null;
  const value = object(raw, at);
  if (value['stringValue'] !== undefined) return text(value['stringValue'], at);
  if (value['boolValue'] !== undefined) return value['boolValue'] === true || value['boolValue'] === 'true';
  if (value['intValue'] !== undefined) return readInteger(value['intValue'], at);
  if (value['doubleValue'] !== undefined) return number(value['doubleValue'], at);
  if (value['bytesValue'] !== undefined) return Buffer.from(text(value['bytesValue'], at), 'base64');
  if (value['arrayValue'] !== undefined)
    return list(object(value['arrayValue'], at), 'values', at).map(([each, eachAt]) =>
      readAnyValue(each, eachAt, depth + 1),
    );
  if (value['kvlistValue'] === undefined) return null;
  const pairs = list(object(value['kvlistValue'], at), 'values', at);
  return Object.fromEntries(
    pairs.map(([pair, pairAt]) => [text(pair['key'], pairAt), readAnyValue(pair['value'], pairAt, depth + 1)]),
  );
}

function readInteger(value: unknown, at: string): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw new OtlpError(`${at}: expected a whole number`);
}

function readMetric(metric: Json, at: string): Metric {
  const named = { name: text(metric['name'], `${at}.name`), unit: text(metric['unit'], `${at}.unit`) };
  for (const kind of ['gauge', 'sum'] as const) {
    if (metric[kind] === undefined) continue;
    const data = object(metric[kind], `${at}.${kind}`);
    const points = list(data, 'dataPoints', `${at}.${kind}`).map(([point, pointAt]) => readNumberPoint(point, pointAt));
    const temporality = kind === 'gauge' ? 'cumulative' : readTemporality(data);
    return { ...named, kind, points, temporality, isMonotonic: data['isMonotonic'] === true };
  }
  if (metric['histogram'] !== undefined) {
    const data = object(metric['histogram'], `${at}.histogram`);
    const points = list(data, 'dataPoints', at).map(([point, pointAt]) => readHistogramPoint(point, pointAt));
    return { ...named, kind: 'histogram', points, temporality: readTemporality(data) };
  }
  if (metric['summary'] !== undefined) {
    const data = object(metric['summary'], `${at}.summary`);
    const points = list(data, 'dataPoints', at).map(([point, pointAt]) => readSummaryPoint(point, pointAt));
    return { ...named, kind: 'summary', points };
  }
  if (metric['exponentialHistogram'] === undefined) return { ...named, kind: 'none', count: 0 };
  const data = object(metric['exponentialHistogram'], at);
  return { ...named, kind: 'exponential histogram', count: list(data, 'dataPoints', at).length };
}

/** Accepts the number, as OTLP requires, and the name, as protobuf's JSON mapping allows. */
function readTemporality({ aggregationTemporality: given }: Json): Temporality {
  if (typeof given === 'number') return temporalities[given] ?? 'unspecified';
  const named = temporalities.find((each) => given === `AGGREGATION_TEMPORALITY_${each.toUpperCase()}`);
  return named ?? 'unspecified';
}

function readPoint(point: Json, at: string): Point {
  const time = point['timeUnixNano'] ?? 0;
  const flags = point['flags'] === undefined ? 0 : number(point['flags'], `${at}.flags`);
  return {
    attributes: readAttributes(point, at),
    timeMs: Number(readInteger(time, `${at}.timeUnixNano`) / 1_000_000n),
    hasEnded: (flags & noRecordedValue) !== 0,
  };
}

function readNumberPoint(point: Json, at: string): NumberPoint {
  const given = point['asDouble'] ?? point['asInt'];
  return { ...readPoint(point, at), value: given === undefined ? undefined : number(given, at) };
}

function readHistogramPoint(point: Json, at: string): HistogramPoint {
  return {
    ...readPoint(point, at),
    count: number(point['count'] ?? 0, `${at}.count`),
    sum: point['sum'] === undefined ? undefined : number(point['sum'], `${at}.sum`),
    bucketCounts: numbers(point, 'bucketCounts', at),
    bounds: numbers(point, 'explicitBounds', at),
  };
}

function numbers(point: Json, name: string, at: string): number[] {
  const value = point[name] ?? [];
  if (!Array.isArray(value)) throw new OtlpError(`${at}.${name}: expected a list`);
  return (value as unknown[]).map((each, index) => number(each, `${at}.${name}[${index}]`));
}

function readSummaryPoint(point: Json, at: string): SummaryPoint {
  return {
    ...readPoint(point, at),
    count: number(point['count'] ?? 0, `${at}.count`),
    sum: number(point['sum'] ?? 0, `${at}.sum`),
    quantiles: list(point, 'quantileValues', at).map(([each, eachAt]) => ({
      quantile: number(each['quantile'] ?? 0, eachAt),
      value: number(each['value'] ?? 0, eachAt),
    })),
  };
}
