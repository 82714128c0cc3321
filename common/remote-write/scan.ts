/**
 * Walks a `WriteRequest` in place and checks it by the specification, series by series, without making an object or a
 * text of anything: a receiver looks at every byte of every push.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
import { isUtf8 } from 'node:buffer';

export interface ScanLimits {
  readonly maxLabels: number;
  /** Of one label's value. */
  readonly maxValueBytes: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** Why a series is not taken. */
export type SeriesFault =
  | 'label_order'
  | 'label_name'
  | 'label_value'
  | 'label_count'
  | 'no_name'
  | 'no_instance'
  | 'no_job'
  | 'sample_order'
  | 'too_old'
  | 'too_new'
  | 'histogram';

/** The series at hand; valid during the call that shows it. Positions are of the scanned bytes. */
export interface ScannedSeries {
  /** The whole field, its tag included. */
  start: number;
  end: number;
  /** All `Label` fields, their tags included; senders write them first. */
  labelsStart: number;
  labelsEnd: number;
  nameStart: number;
  nameEnd: number;
  instanceStart: number;
  instanceEnd: number;
  jobStart: number;
  jobEnd: number;
  samples: number;
  oldestMs: number;
  newestMs: number;
  fault: SeriesFault | undefined;
}

/** The bytes are no `WriteRequest`. */
export class MalformedRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedRequestError';
  }
}

/** What stands in a request beside series: `symbols` tells one of remote write 2.0. */
export interface ScanSummary {
  readonly series: number;
  readonly hasSymbols: boolean;
}

const [varintType, fixed64Type, delimitedType, fixed32Type] = [0, 1, 2, 5];

/** Letters and `_`; with digits after the first. */
const nameStarts = classOf(/[a-zA-Z_]/);
const nameParts = classOf(/[a-zA-Z0-9_]/);
/** Of metric names, which may hold colons. */
const metricStarts = classOf(/[a-zA-Z_:]/);
const metricParts = classOf(/[a-zA-Z0-9_:]/);

function classOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (code < 128 && pattern.test(String.fromCharCode(code)) ? 1 : 0));
}

const knownLabels = ['__name__', 'instance', 'job'].map((name) => Uint8Array.from(Buffer.from(name)));
const [nameLabel, instanceLabel, jobLabel] = knownLabels as [Uint8Array, Uint8Array, Uint8Array];

/** Calls `visit` for each series in order. Throws a `MalformedRequestError`. */
export function scanWriteRequest(
  bytes: Uint8Array,
  limits: ScanLimits,
  visit: (series: ScannedSeries) => void,
): ScanSummary {
  const series: ScannedSeries = {
    start: 0,
    end: 0,
    labelsStart: 0,
    labelsEnd: 0,
    nameStart: 0,
    nameEnd: 0,
    instanceStart: 0,
    instanceEnd: 0,
    jobStart: 0,
    jobEnd: 0,
    samples: 0,
    oldestMs: 0,
    newestMs: 0,
    fault: undefined,
  };
  let position = 0;
  let labels = 0;
  let previousStart = 0;
  let previousEnd = 0;

  function varint(end: number): number {
    const first = bytes[position] as number;
    if (first < 0x80 && position < end) {
      position += 1;
      return first;
    }
    return longVarint(end);
  }

  function longVarint(end: number): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (position >= end) throw new MalformedRequestError('the request ends inside a number');
      const byte = bytes[position++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new MalformedRequestError('a number of more than ten bytes');
  }

  /** Reads a length and answers where that many bytes end. */
  function delimited(end: number): number {
    const length = varint(end);
    if (length > end - position) throw new MalformedRequestError('the request ends inside a field');
    return position + length;
  }

  function skip(type: number, end: number): void {
    if (type === varintType) varint(end);
    else if (type === fixed64Type) position += 8;
    else if (type === delimitedType) position = delimited(end);
    else if (type === fixed32Type) position += 4;
    else throw new MalformedRequestError(`wire type ${type} is none that protobuf 3 writes`);
    if (position > end) throw new MalformedRequestError('the request ends inside a field');
  }

  function key(end: number): number {
    const value = varint(end);
    if (value < 8 || value > 0xffff_ffff) throw new MalformedRequestError('a field without a number');
    return value;
  }

  function fault(reason: SeriesFault): void {
    series.fault ??= reason;
  }

  function scanLabel(end: number): void {
    let nameStart = 0;
    let nameEnd = 0;
    let valueStart = 0;
    let valueEnd = 0;
    while (position < end) {
      const field = key(end);
      if (field === 0x0a) {
        nameEnd = delimited(end);
        nameStart = position;
        position = nameEnd;
      } else if (field === 0x12) {
        valueEnd = delimited(end);
        valueStart = position;
        position = valueEnd;
      } else skip(field & 7, end);
    }
    checkLabel(nameStart, nameEnd, valueStart, valueEnd);
  }

  function checkLabel(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    labels += 1;
    if (!isName(nameStart, nameEnd, nameStarts, nameParts)) fault('label_name');
    if (labels > 1 && compare(previousStart, previousEnd, nameStart, nameEnd) >= 0) fault('label_order');
    previousStart = nameStart;
    previousEnd = nameEnd;
    const length = valueEnd - valueStart;
    if (length === 0 || length > limits.maxValueBytes || !isText(valueStart, valueEnd)) fault('label_value');
    keepKnown(nameStart, nameEnd, valueStart, valueEnd);
  }

  function keepKnown(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    if (is(nameStart, nameEnd, nameLabel)) {
      series.nameStart = valueStart;
      series.nameEnd = valueEnd;
      if (!isName(valueStart, valueEnd, metricStarts, metricParts)) fault('no_name');
    } else if (is(nameStart, nameEnd, instanceLabel)) {
      series.instanceStart = valueStart;
      series.instanceEnd = valueEnd;
    } else if (is(nameStart, nameEnd, jobLabel)) {
      series.jobStart = valueStart;
      series.jobEnd = valueEnd;
    }
  }

  function isName(start: number, end: number, starts: Uint8Array, parts: Uint8Array): boolean {
    if (start === end || starts[bytes[start] as number] === 0) return false;
    for (let at = start + 1; at < end; at++) if (parts[bytes[at] as number] === 0) return false;
    return true;
  }

  function isText(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if ((bytes[at] as number) >= 0x80) return isUtf8(bytes.subarray(start, end));
    return true;
  }

  function is(start: number, end: number, text: Uint8Array): boolean {
    if (end - start !== text.length) return false;
    for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text[at]) return false;
    return true;
  }

  function compare(aStart: number, aEnd: number, bStart: number, bEnd: number): number {
    const length = Math.min(aEnd - aStart, bEnd - bStart);
    for (let at = 0; at < length; at++) {
      const difference = (bytes[aStart + at] as number) - (bytes[bStart + at] as number);
      if (difference !== 0) return difference;
    }
    return aEnd - aStart - (bEnd - bStart);
  }

  function scanSample(end: number): void {
    let timestampMs = 0;
    while (position < end) {
      const field = key(end);
      if (field === 0x10) timestampMs = varint(end);
      else skip(field & 7, end);
    }
    if (series.samples > 0 && timestampMs <= series.newestMs) fault('sample_order');
    if (timestampMs < limits.oldestMs) fault('too_old');
    // A negative number reads as a huge one here, ten bytes long: it lies before 1970.
    else if (timestampMs > limits.newestMs) fault(timestampMs > Number.MAX_SAFE_INTEGER ? 'too_old' : 'too_new');
    if (series.samples === 0) series.oldestMs = timestampMs;
    series.newestMs = timestampMs;
    series.samples += 1;
  }

  function scanSeries(start: number, end: number): void {
    series.start = start;
    series.end = end;
    series.labelsStart = position;
    series.labelsEnd = position;
    series.nameStart = series.nameEnd = series.instanceStart = series.instanceEnd = series.jobStart = series.jobEnd = 0;
    series.samples = 0;
    series.fault = undefined;
    labels = 0;
    while (position < end) {
      const field = key(end);
      if (field === 0x0a) {
        scanLabel(delimited(end));
        series.labelsEnd = position;
      } else if (field === 0x12) scanSample(delimited(end));
      else {
        if (field === 0x22) fault('histogram');
        skip(field & 7, end);
      }
    }
    if (series.nameEnd === 0) fault('no_name');
    if (series.instanceEnd === 0) fault('no_instance');
    if (series.jobEnd === 0) fault('no_job');
    if (labels > limits.maxLabels) fault('label_count');
    visit(series);
  }

  let count = 0;
  let hasSymbols = false;
  while (position < bytes.length) {
    const start = position;
    const field = key(bytes.length);
    if (field === 0x0a) {
      scanSeries(start, delimited(bytes.length));
      count += 1;
    } else {
      if (field === 0x22 || field === 0x2a) hasSymbols = true;
      skip(field & 7, bytes.length);
    }
  }
  return { series: count, hasSymbols };
}
