/**
 * Reads an `ExportMetricsServiceRequest` in protobuf. Repeated numbers may be packed or not: senders use both.
 * Source: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto (field numbers)
 */

import {
  type HistogramPoint,
  type Metric,
  type NumberPoint,
  noRecordedValue,
  OtlpError,
  type ResourceMetrics,
  type SummaryPoint,
  type Temporality,
  temporalities,
} from '../../common/otlp/metrics-data.ts';
import { type Fields, type ProtobufReader, readMessage, wire } from '../../common/protobuf/read.ts';
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
  let attributes = new Map<string, string>();
  const metrics: Metric[] = [];
  readMessage(bytes, {
    1: (resource) => {
      attributes = readAttributes(resource.bytes(), 1);
    },
    2: (scope) => readMessage(scope.bytes(), { 2: (metric) => metrics.push(readMetric(metric.bytes())) }),
  });
  return { attributes, metrics };
}

function readMetric(bytes: Uint8Array): Metric {
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
      data = { kind: 'exponential histogram', count: readPoints(reader.bytes(), () => undefined).points.length };
    },
    11: (reader) => {
      data = { kind: 'summary', points: readPoints(reader.bytes(), readSummaryPoint).points };
    },
  });
  return { name, unit, ...data };
}

/** A metric without name and unit. The conditional type distributes over the union. */
type Data = Metric extends infer M ? (M extends Metric ? Omit<M, 'name' | 'unit'> : never) : never;

interface Points<P> {
  readonly points: readonly P[];
  readonly temporality: Temporality;
  readonly isMonotonic: boolean;
}

/** Reads the fields that Gauge, Sum, Histogram and Summary number alike. */
function readPoints<P>(bytes: Uint8Array, readPoint: (bytes: Uint8Array) => P): Points<P> {
  const points: P[] = [];
  let [temporality, isMonotonic] = [0, false];
  readMessage(bytes, {
    1: (reader) => points.push(readPoint(reader.bytes())),
    2: (reader) => {
      temporality = reader.int64();
    },
    3: (reader) => {
      isMonotonic = reader.int64() !== 0;
    },
  });
  return { points, temporality: temporalities[temporality] ?? 'unspecified', isMonotonic };
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
