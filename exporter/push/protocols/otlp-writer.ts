/**
 * Writes an `ExportMetricsServiceRequest` of gauges and cumulative sums, and reads the response.
 * Source: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto (field numbers)
 */
import { noRecordedValue, temporalities } from '../../../common/otlp/metrics-data.ts';
import { readMessage } from '../../../common/protobuf/read.ts';
import { createProtobufWriter, type ProtobufWriter } from '../../../common/protobuf/write.ts';

export interface WrittenRequest {
  /** Attributes of the resource. */
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: { readonly name: string; readonly version: string };
  readonly metrics: readonly WrittenMetric[];
}

export interface WrittenMetric {
  readonly name: string;
  readonly description: string;
  /** `sum`: monotonic and cumulative. */
  readonly kind: 'gauge' | 'sum';
  /** Start of a cumulative sum, in nanoseconds since 1970; absent when unknown. */
  readonly startNs?: bigint;
  readonly series: readonly WrittenSeries[];
}

export interface WrittenSeries {
  /** From `encodeAttributes`. */
  readonly attributes: Uint8Array;
  /** In nanoseconds since 1970. */
  readonly timesNs: readonly bigint[];
  /** `null` ends the series: in OTLP, a point with the flag "no recorded value". */
  readonly values: readonly (number | null)[];
}

/** Encodes field 7 of a `NumberDataPoint`, ready to be copied into every point. */
export function encodeAttributes(attributes: Readonly<Record<string, string>>): Uint8Array {
  const writer = createProtobufWriter();
  for (const [key, value] of Object.entries(attributes)) writer.message(7, () => writeKeyValue(writer, key, value));
  return writer.finish().slice();
}

/** Returns a view of the writer's memory, which the next message overwrites. */
export function writeProtobufRequest(writer: ProtobufWriter, { resource, scope, metrics }: WrittenRequest): Uint8Array {
  writer.message(1, () => {
    writer.message(1, () => {
      for (const [key, value] of Object.entries(resource)) writer.message(1, () => writeKeyValue(writer, key, value));
    });
    writer.message(2, () => {
      writer.message(1, () => {
        writer.string(1, scope.name);
        writer.string(2, scope.version);
      });
      for (const metric of metrics) writer.message(2, () => writeMetric(writer, metric));
    });
  });
  return writer.finish();
}

function writeKeyValue(writer: ProtobufWriter, key: string, value: string): void {
  writer.string(1, key);
  writer.message(2, () => writer.string(1, value));
}

function writeMetric(writer: ProtobufWriter, { name, description, kind, startNs, series }: WrittenMetric): void {
  writer.string(1, name);
  if (description !== '') writer.string(2, description);
  writer.message(kind === 'sum' ? 7 : 5, () => {
    for (const each of series) writePoints(writer, each, startNs);
    if (kind !== 'sum') return;
    writer.varint(2, temporalities.indexOf('cumulative'));
    writer.varint(3, 1);
  });
}

function writePoints(
  writer: ProtobufWriter,
  { attributes, timesNs, values }: WrittenSeries,
  startNs: bigint | undefined,
): void {
  for (let index = 0; index < timesNs.length; index++) {
    writer.message(1, () => {
      const [timeNs, value] = [timesNs[index] as bigint, values[index] as number | null];
      if (startNs !== undefined) writer.fixed64(2, startNs);
      writer.fixed64(3, timeNs);
      if (value !== null) writer.double(4, value);
      writer.raw(attributes);
      if (value === null) writer.varint(8, noRecordedValue);
    });
  }
}

/** The contents of an `ExportMetricsServiceResponse`: 0 and empty when all points were accepted. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  readonly message: string;
}

/** Throws a `RangeError` for malformed bytes. */
export function readProtobufResponse(bytes: Uint8Array): PartialSuccess {
  let [rejectedPoints, message] = [0, ''];
  readMessage(bytes, {
    1: (partial) =>
      readMessage(partial.bytes(), {
        1: (reader) => {
          rejectedPoints = reader.int64();
        },
        2: (reader) => {
          message = reader.string();
        },
      }),
  });
  return { rejectedPoints, message };
}
