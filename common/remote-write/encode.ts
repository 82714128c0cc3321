/**
 * Encodes remote-write requests: labels, sorted by name, unique and not empty, and samples. Reuses memory between requests.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/#protocol (fields of prometheus.WriteRequest)
 */
import { varintLength, writeVarint } from '../protobuf/varint.ts';
import { staleBytes } from './stale.ts';

export interface WriteRequestWriter {
  /**
   * Adds a series with its points in ascending order of time. A `null` value is a stale marker. A series may be added once.
   * Timestamps are whole milliseconds since 1970, not negative.
   */
  add(labels: LabelBytes, timestampsMs: readonly number[], values: ArrayLike<number | null>): void;
  /** Returns the request as a view of the writer's memory, which the next request overwrites. */
  finish(): Uint8Array;
}

/** `WriteRequest.timeseries`, field 1; `TimeSeries.samples`, field 2; `Sample.value`, 1; `Sample.timestamp`, 2. */
const tags = { series: 0x0a, sample: 0x12, value: 0x09, timestamp: 0x10 } as const;

const firstSize = 64 * 1024;

export function createWriteRequestWriter(): WriteRequestWriter {
  let bytes = new Uint8Array(firstSize);
  let view = new DataView(bytes.buffer);
  let length = 0;
  /** The latest timestamp and its bytes: most samples of a request share one. */
  let timeMs = 0;
  const time = new Uint8Array(10);
  let timeLength = 1;

  function reserve(count: number): void {
    if (length + count <= bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * bytes.length, length + count));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
    view = new DataView(larger.buffer);
  }

  function setTime(timestampMs: number): void {
    timeMs = timestampMs;
    timeLength = writeVarint(time, 0, timestampMs);
  }

  function writeSample(timestampMs: number, value: number | null): void {
    if (timestampMs !== timeMs) setTime(timestampMs);
    bytes[length++] = tags.sample;
    bytes[length++] = sampleLength(timeLength);
    bytes[length++] = tags.value;
    if (value === null) bytes.set(staleBytes, length);
    else view.setFloat64(length, value, true);
    length += 8;
    bytes[length++] = tags.timestamp;
    for (let at = 0; at < timeLength; at++) bytes[length++] = time[at] as number;
  }

  return {
    add(labels, timestampsMs, values) {
      let content = labels.length;
      for (let index = 0; index < timestampsMs.length; index++) {
        const timestampMs = timestampsMs[index] as number;
        content += 2 + sampleLength(timestampMs === timeMs ? timeLength : varintLength(timestampMs));
      }
      reserve(content + 11);
      bytes[length++] = tags.series;
      length = writeVarint(bytes, length, content);
      bytes.set(labels, length);
      length += labels.length;
      for (let index = 0; index < timestampsMs.length; index++)
        writeSample(timestampsMs[index] as number, values[index] as number | null);
    },
    finish() {
      const request = bytes.subarray(0, length);
      length = 0;
      return request;
    },
  };
}

/** Returns the length of a `Sample` message. Below 128, so the length itself takes one byte. */
function sampleLength(timeBytes: number): number {
  return 9 + 1 + timeBytes;
}

/** Repeated `Label` fields of a `TimeSeries`, ready to be copied into every request. */
export type LabelBytes = Uint8Array;

const encoder = new TextEncoder();

/** `TimeSeries.labels`; `Label.name`, `Label.value`. */
const labelTags = { label: 0x0a, name: 0x0a, value: 0x12 } as const;

/**
 * Encodes the metric name and the labels. Omits labels with an empty value, which Prometheus treats as absent. Throws for an
 * empty or malformed name: receivers may store such a series, but no query can select it.
 */
export function encodeLabels(name: string, labels: Readonly<Record<string, string>>): LabelBytes {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name))
    throw new Error(`metric name: expected letters, digits and _, got "${name}"`);
  const pairs: (readonly [string, string])[] = [['__name__', name]];
  for (const [label, value] of Object.entries(labels)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === '__name__')
      throw new Error(`label name of ${name}: expected letters, digits and _, got "${label}"`);
    if (value !== '') pairs.push([label, value]);
  }
  const parts = sortByName(pairs).map(([label, value]) => encodeLabel(label, value));
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Encodes one `Label` field without checks, for callers that assemble the labels of a series from parts. */
export function encodeLabel(label: string, value: string): LabelBytes {
  const [name, text] = [encoder.encode(label), encoder.encode(value)];
  const length = fieldLength(name) + fieldLength(text);
  const bytes = new Uint8Array(1 + varintLength(length) + length);
  bytes[0] = labelTags.label;
  const at = writeField(bytes, writeVarint(bytes, 1, length), labelTags.name, name);
  writeField(bytes, at, labelTags.value, text);
  return bytes;
}

function fieldLength({ length }: Uint8Array): number {
  return 1 + varintLength(length) + length;
}

function writeField(bytes: Uint8Array, at: number, tag: number, content: Uint8Array): number {
  bytes[at] = tag;
  const start = writeVarint(bytes, at + 1, content.length);
  bytes.set(content, start);
  return start + content.length;
}

/** Returns a key that does not depend on the order of the labels. */
export function labelKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(sortByName(Object.entries(labels)));
}

/** Sorts in place. Names are ASCII, so the order of UTF-16 units is the order of bytes that Prometheus sorts by. */
function sortByName<Pair extends readonly [name: string, value: string]>(pairs: Pair[]): Pair[] {
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}
