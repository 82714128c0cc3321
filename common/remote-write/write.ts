/**
 * Writes remote-write requests and reuses memory between them.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/#protocol (fields of prometheus.WriteRequest)
 */
import { varintLength, writeVarint } from '../protobuf/varint.ts';
import type { LabelBytes } from './labels.ts';
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
