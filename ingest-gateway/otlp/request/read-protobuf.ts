/**
 * Reads an `ExportMetricsServiceRequest` in protobuf. Repeated numbers may be packed or not: senders use both. A text that is not
 * UTF-8 costs its point, metric or resource; bytes that are not protobuf cost the request.
 * Source: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto (field numbers)
 */
import {
  type Fault,
  type HistogramPoint,
  type Metric,
  type NumberPoint,
  noRecordedValue,
  OtlpError,
  type ResourceMetrics,
  type Scope,
  type SummaryPoint,
  type Temporality,
  temporalities,
} from '../../../common/otlp/metrics-data.ts';
import { type Fields, type ProtobufReader, readMessage, wire } from '../../../common/protobuf/read.ts';
import { addAttribute, readAttributes } from './protobuf-attributes.ts';

/** Throws an `OtlpError` when the bytes are not a request. */
export function readProtobufRequest(bytes: Uint8Array): readonly ResourceMetrics[] {
  const found: ResourceMetrics[] = [];
  try {
    readMessage(bytes, { 1: (reader) => found.push(readResourceMetrics(reader.bytes())) });
  } catch (cause) {
    if (cause instanceof OtlpError) throw cause;
    throw new OtlpError(`not an ExportMetricsServiceRequest: ${(cause as Error).message}`, { cause });
  }
  return found;
}

function readResourceMetrics(bytes: Uint8Array): ResourceMetrics {
  let attributes: Map<string, string> = new Map<string, string>();
  let fault: Fault | undefined;
  const metrics: Metric[] = [];
  readMessage(bytes, {
    1: (resource) => {
      const content = resource.bytes();
      const read = textOrFault('resource', () => readAttributes(content, 1));
      if (read instanceof Map) attributes = read;
      else fault = read;
    },
    2: (scope) => metrics.push(...readScopeMetrics(scope.bytes())),
  });
  return fault === undefined ? { attributes, metrics } : { attributes, metrics, fault };
}

function readScopeMetrics(bytes: Uint8Array): readonly Metric[] {
  const metrics: Uint8Array[] = [];
  let scope: Scope | Fault | undefined;
  readMessage(bytes, {
    1: (reader) => {
      const content = reader.bytes();
      scope = textOrFault('scope', () => readScope(content));
    },
    2: (reader) => metrics.push(reader.bytes()),
  });
  return metrics.map((metric, index) => {
    const read =
      scope !== undefined && 'message' in scope
        ? scope
        : textOrFault(`metrics[${index}]`, () => readMetric(metric, scope as Scope | undefined));
    return 'kind' in read ? read : { name: '', unit: '', kind: 'malformed', count: countPoints(metric), fault: read };
  });
}

function readScope(bytes: Uint8Array): Scope {
  let [name, version] = ['', ''];
  readMessage(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => {
      version = reader.string();
    },
  });
  return { name, version };
}

/** Returns the number of points of a metric, at least 1. */
function countPoints(bytes: Uint8Array): number {
  let count = 0;
  const data = (reader: ProtobufReader): void => {
    readMessage(reader.bytes(), { 1: (point) => (point.bytes(), (count += 1)) });
  };
  readMessage(bytes, { 5: data, 7: data, 9: data, 10: data, 11: data });
  return Math.max(1, count);
}

/** Returns what `read` returns, or a fault when a text is not UTF-8: the decoder throws a `TypeError`. */
function textOrFault<Value extends object>(path: string, read: () => Value): Value | Fault {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { path, message: 'a text is not UTF-8' };
  }
}

function readMetric(bytes: Uint8Array, scope: Scope | undefined): Metric {
  let [name, unit] = ['', ''];
  let data: Data = { kind: 'none', count: 0 };
  readMessage(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    3: (reader) => {
      unit = reader.string();
    },
    5: (reader) => {
      data = { kind: 'gauge', ...readPoints(reader.bytes(), readNumberPoint), temporality: 'cumulative' };
    },
    7: (reader) => {
      data = { kind: 'sum', ...readPoints(reader.bytes(), readNumberPoint) };
    },
    9: (reader) => {
      data = { kind: 'histogram', ...readPoints(reader.bytes(), readHistogramPoint) };
    },
    10: (reader) => {
      data = { kind: 'exponential histogram', count: readPoints(reader.bytes(), () => ({})).points.length };
    },
    11: (reader) => {
      data = { kind: 'summary', ...readPoints(reader.bytes(), readSummaryPoint) };
    },
  });
  return { name, unit, ...(scope === undefined || scope.name === '' ? {} : { scope }), ...data };
}

/** A metric without name, unit and scope. The conditional type distributes over the union. */
type Data = Metric extends infer M ? (M extends Metric ? Omit<M, 'name' | 'unit' | 'scope'> : never) : never;

interface Points<P> {
  readonly points: readonly P[];
  readonly faults: readonly Fault[];
  readonly temporality: Temporality;
  readonly isMonotonic: boolean;
}

/** Reads the fields that Gauge, Sum, Histogram and Summary number alike. */
function readPoints<P extends object>(bytes: Uint8Array, readPoint: (bytes: Uint8Array) => P): Points<P> {
  const points: P[] = [];
  const faults: Fault[] = [];
  let [temporality, isMonotonic] = [0, false];
  readMessage(bytes, {
    1: (reader) => {
      const content = reader.bytes();
      const point = textOrFault(`data_points[${points.length + faults.length}]`, () => readPoint(content));
      if ('message' in point) faults.push(point as Fault);
      else points.push(point);
    },
    2: (reader) => {
      temporality = reader.int64();
    },
    3: (reader) => {
      isMonotonic = reader.int64() !== 0;
    },
  });
  return { points, faults, temporality: temporalities[temporality] ?? 'unspecified', isMonotonic };
}

interface Common {
  readonly attributes: Map<string, string>;
  timeMs: number;
  hasEnded: boolean;
}

/** Returns readers of time, attributes and flags. The numbers of the latter two differ between kinds of points. */
function commonFields(common: Common, attributesField: number, flagsField: number): Fields {
  return {
    3: (reader) => {
      common.timeMs = readTime(reader);
    },
    [attributesField]: (reader) => addAttribute(common.attributes, reader.bytes()),
    [flagsField]: (reader) => {
      common.hasEnded = (reader.int64() & noRecordedValue) !== 0;
    },
  };
}

function newCommon(): Common {
  return { attributes: new Map(), timeMs: 0, hasEnded: false };
}

function readNumberPoint(bytes: Uint8Array): NumberPoint {
  const common = newCommon();
  let value: number | undefined;
  readMessage(bytes, {
    ...commonFields(common, 7, 8),
    4: (reader) => {
      value = reader.double();
    },
    6: (reader) => {
      const { view, offset } = reader.fixed64();
      value = Number(view.getBigInt64(offset, true));
    },
  });
  return { ...common, value };
}

function readHistogramPoint(bytes: Uint8Array): HistogramPoint {
  const common = newCommon();
  const [bucketCounts, bounds]: [number[], number[]] = [[], []];
  let [count, sum] = [0, undefined as number | undefined];
  readMessage(bytes, {
    ...commonFields(common, 9, 10),
    4: (reader) => {
      count = readCount(reader);
    },
    5: (reader) => {
      sum = reader.double();
    },
    6: (reader, type) =>
      readRepeated(reader, type, (view, at) => bucketCounts.push(Number(view.getBigUint64(at, true)))),
    7: (reader, type) => readRepeated(reader, type, (view, at) => bounds.push(view.getFloat64(at, true))),
  });
  return { ...common, count, sum, bucketCounts, bounds };
}

function readSummaryPoint(bytes: Uint8Array): SummaryPoint {
  const common = newCommon();
  const quantiles: { quantile: number; value: number }[] = [];
  let [count, sum] = [0, 0];
  readMessage(bytes, {
    ...commonFields(common, 7, 8),
    4: (reader) => {
      count = readCount(reader);
    },
    5: (reader) => {
      sum = reader.double();
    },
    6: (reader) => {
      const found = { quantile: 0, value: 0 };
      readMessage(reader.bytes(), {
        1: (inner) => {
          found.quantile = inner.double();
        },
        2: (inner) => {
          found.value = inner.double();
        },
      });
      quantiles.push(found);
    },
  });
  return { ...common, count, sum, quantiles };
}

/** Reads a repeated field of eight-byte numbers: one unpacked, or many packed. */
function readRepeated(reader: ProtobufReader, type: number, add: (view: DataView, offset: number) => void): void {
  if (type !== wire.lengthDelimited) {
    const { view, offset } = reader.fixed64();
    return add(view, offset);
  }
  const bytes = reader.bytes();
  if (bytes.length % 8 !== 0) throw new OtlpError('packed numbers: expected a multiple of eight bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let offset = 0; offset < bytes.length; offset += 8) add(view, offset);
}

function readCount(reader: ProtobufReader): number {
  const { view, offset } = reader.fixed64();
  return Number(view.getBigUint64(offset, true));
}

/** Returns milliseconds, rounded down from nanoseconds. */
function readTime(reader: ProtobufReader): number {
  const { view, offset } = reader.fixed64();
  return Number(view.getBigUint64(offset, true) / 1_000_000n);
}
