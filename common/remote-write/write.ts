/**
 * Writes a `WriteRequest`, message by message, into memory that is kept from request to request.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/#protocol (fields of prometheus.WriteRequest)
 */
import type { LabelBytes } from './labels.ts';
import { staleBytes } from './stale.ts';

export interface WriteRequestWriter {
  /**
   * Adds a series with its points in ascending order of time. `null` is a stale marker. A series may be added once.
   * Timestamps are whole milliseconds since 1970, not negative.
   */
  add(labels: LabelBytes, timestampsMs: readonly number[], values: ArrayLike<number | null>): void;
  /** The request so far; the bytes are the writer's and change with the next request. */
  finish(): Uint8Array;
}

/** `WriteRequest.timeseries`, field 1; `TimeSeries.samples`, field 2; `Sample.value`, 1; `Sample.timestamp`, 2. */
const tags = { series: 0x0a, sample: 0x12, value: 0x09, timestamp: 0x10 } as const;

const firstSize = 64 * 1024;

export function createWriteRequestWriter(): WriteRequestWriter {
  let bytes = new Uint8Array(firstSize);
  let view = new DataView(bytes.buffer);
  let length = 0;
  /** Most samples of a request are of the same instant: its bytes are written once and copied. */
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

  /** Below 2^31. */
  function writeLength(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      bytes[length++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    bytes[length++] = rest;
  }

  function setTime(timestampMs: number): void {
    timeMs = timestampMs;
    timeLength = 0;
    let rest = timestampMs;
    // Timestamps need 41 bits: no bitwise operators above 2^31.
    while (rest > 0x7f) {
      time[timeLength++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    time[timeLength++] = rest;
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
      writeLength(content);
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

/** Of a `Sample` without its own tag and length, by that of its time: below 128, so that its length is one byte. */
function sampleLength(timeBytes: number): number {
  return 9 + 1 + timeBytes;
}

export function varintLength(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}
