/**
 * Reads a `WriteRequest` and checks it by the specification: labels sorted, unique and not empty, a name, samples in
 * order. Prometheus stores most of what is wrong here without a word, so nobody else will find it.
 */
import { type ProtobufReader, readMessage, wire } from '../../common/protobuf/read.ts';
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

/** The request is not protobuf, or breaks a rule of remote write; the message names the series and the rule. */
export class WriteRequestError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WriteRequestError';
  }
}

/** Every series of an uncompressed request. Throws a `WriteRequestError` for bytes that are no `WriteRequest`. */
export function readWriteRequest(bytes: Uint8Array): ReadSeries[] {
  const series: ReadSeries[] = [];
  try {
    readMessage(bytes, (field, reader) => {
      if (field !== 1) return false; // 3 is metadata, which says nothing about samples
      series.push(readSeries(reader.bytes()));
      return true;
    });
  } catch (cause) {
    if (cause instanceof WriteRequestError) throw cause;
    throw new WriteRequestError('the body is not a WriteRequest of remote write 1.0', { cause });
  }
  return series;
}

function readSeries(bytes: Uint8Array): ReadSeries {
  const labels: (readonly [string, string])[] = [];
  const samples: ReadSample[] = [];
  readMessage(bytes, (field, reader) => {
    if (field === 1) labels.push(readLabel(reader.bytes()));
    else if (field === 2) samples.push(readSample(reader.bytes()));
    else return false;
    return true;
  });
  return { labels, samples };
}

function readLabel(bytes: Uint8Array): readonly [string, string] {
  let [name, value] = ['', ''];
  readMessage(bytes, (field, reader) => {
    if (field === 1) name = reader.string();
    else if (field === 2) value = reader.string();
    else return false;
    return true;
  });
  return [name, value];
}

function readSample(bytes: Uint8Array): ReadSample {
  let [value, timestampMs, isStale] = [0, 0, false];
  readMessage(bytes, (field, reader, type) => {
    if (field === 1 && type === wire.fixed64) ({ value, isStale } = readValue(reader));
    else if (field === 2) timestampMs = reader.int64();
    else return false;
    return true;
  });
  return { timestampMs, value, isStale };
}

function readValue(reader: ProtobufReader): { readonly value: number; readonly isStale: boolean } {
  const at = reader.fixed64();
  return { value: at.view.getFloat64(at.offset, true), isStale: isStaleAt(at.view, at.offset) };
}

/** Throws a `WriteRequestError` for the first rule that a series breaks. */
export function checkSeries({ labels, samples }: ReadSeries): void {
  const name = renderLabels(labels);
  let previous: string | undefined;
  for (const [label, value] of labels) {
    if (label === '') throw new WriteRequestError(`${name}: a label without a name`);
    if (value === '') throw new WriteRequestError(`${name}: the label ${label} is empty`);
    if (previous !== undefined && label <= previous)
      throw new WriteRequestError(
        `${name}: the label ${label} ${label === previous ? 'is there twice' : 'is out of order'}`,
      );
    previous = label;
  }
  if (!labels.some(([label]) => label === '__name__')) throw new WriteRequestError(`${name}: no __name__`);
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { timestampMs } of samples) {
    if (timestampMs <= lastMs) throw new WriteRequestError(`${name}: ${timestampMs} does not follow ${lastMs}`);
    lastMs = timestampMs;
  }
}

/** `{__name__="up",job="node"}`, for messages and as a key. */
export function renderLabels(labels: ReadSeries['labels']): string {
  return `{${labels.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}
