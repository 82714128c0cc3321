/** Reads the series of a remote-write request into objects. For every push, `scan.ts` checks the request without objects. */
import { readMessage, wire } from '../../common/protobuf/read.ts';
import { isStaleAt } from '../../common/remote-write/stale.ts';

export interface ReadSample {
  readonly timestampMs: number;
  /** NaN for a stale marker too. */
  readonly value: number;
  readonly isStale: boolean;
}

export interface ReadSeries {
  /** In the order of the request. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly ReadSample[];
}

/** The bytes are not a `WriteRequest`. */
export class WriteRequestError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WriteRequestError';
  }
}

/** Returns the series of an uncompressed request. Throws a `WriteRequestError` when the bytes are not a `WriteRequest`. */
export function readWriteRequest(bytes: Uint8Array): ReadSeries[] {
  const series: ReadSeries[] = [];
  try {
    // Field 3 is metadata, which has no samples.
    readMessage(bytes, { 1: (reader) => series.push(readSeries(reader.bytes())) });
  } catch (cause) {
    throw new WriteRequestError('the body is not a WriteRequest of remote write 1.0', { cause });
  }
  return series;
}

function readSeries(bytes: Uint8Array): ReadSeries {
  const labels: (readonly [string, string])[] = [];
  const samples: ReadSample[] = [];
  readMessage(bytes, {
    1: (reader) => labels.push(readLabel(reader.bytes())),
    2: (reader) => samples.push(readSample(reader.bytes())),
  });
  return { labels, samples };
}

function readLabel(bytes: Uint8Array): readonly [string, string] {
  let [name, value] = ['', ''];
  readMessage(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => {
      value = reader.string();
    },
  });
  return [name, value];
}

/** Reads a `Sample`. */
export function readSample(bytes: Uint8Array): ReadSample {
  let [value, timestampMs, isStale] = [0, 0, false];
  readMessage(bytes, {
    1: (reader, type) => {
      if (type !== wire.fixed64) return;
      const { view, offset } = reader.fixed64();
      value = view.getFloat64(offset, true);
      isStale = isStaleAt(view, offset);
    },
    2: (reader) => {
      timestampMs = reader.int64();
    },
  });
  return { timestampMs, value, isStale };
}
