/**
 * Walks a `WriteRequest` in place and checks it by the specification, series by series, without making an object or a
 * text of anything: a receiver looks at every byte of every push.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
import type { KnownLabels } from './known-labels.ts';
import { createLabelCheck, labelKinds } from './label-check.ts';
import type { ScanLimits, ScannedSeries, SeriesFault } from './scanned-series.ts';

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

/** 2^28: what four bytes of a varint hold. */
const fourBytes = 0x1000_0000;

/**
 * Calls `visit` for each series in order. Labels that are `known` are not checked anew; they must have been checked by the same
 * limits. Throws a `MalformedRequestError`.
 */
export function scanWriteRequest(
  bytes: Uint8Array,
  limits: ScanLimits,
  visit: (series: ScannedSeries) => void,
  known?: KnownLabels,
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
  const labels = createLabelCheck(bytes, limits.maxValueBytes);
  const trail = known?.begin(bytes);
  /** Of whatever is read field by field; what has the usual form is read where it stands. */
  let position = 0;
  /** Of the series at hand: all labels stand before the rest. */
  let isPlain = true;

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

  /** As senders write a label: its name, then its value, each shorter than 128 bytes. */
  function scanLabel(start: number, end: number): void {
    const nameStart = start + 2;
    const nameLength = bytes[start + 1] as number;
    const nameEnd = nameStart + nameLength;
    const valueStart = nameEnd + 2;
    const valueLength = end - valueStart;
    if (
      bytes[start] === 0x0a &&
      nameLength < 0x80 &&
      valueLength >= 0 &&
      valueLength < 0x80 &&
      bytes[nameEnd] === 0x12 &&
      bytes[nameEnd + 1] === valueLength
    )
      noteLabel(nameStart, nameEnd, valueStart, end);
    else scanAnyLabel(start, end);
  }

  function scanAnyLabel(start: number, end: number): void {
    let [nameStart, nameEnd, valueStart, valueEnd] = [0, 0, 0, 0];
    position = start;
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
    noteLabel(nameStart, nameEnd, valueStart, valueEnd);
  }

  function noteLabel(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const found = labels.check(nameStart, nameEnd, valueStart, valueEnd);
    if (found !== undefined) fault(found);
    const kind = labels.kind();
    if (kind === labelKinds.name) {
      series.nameStart = valueStart;
      series.nameEnd = valueEnd;
    } else if (kind === labelKinds.instance) {
      series.instanceStart = valueStart;
      series.instanceEnd = valueEnd;
    } else if (kind === labelKinds.job) {
      series.jobStart = valueStart;
      series.jobEnd = valueEnd;
    }
  }

  /** As senders write a sample: its value, then its time, which takes six bytes until the year 2109. */
  function scanSample(start: number, end: number): void {
    const at = start + 10;
    if (end - start !== 16 || bytes[start] !== 0x09 || bytes[start + 9] !== 0x10) return scanAnySample(start, end);
    const b0 = bytes[at] as number;
    const b1 = bytes[at + 1] as number;
    const b2 = bytes[at + 2] as number;
    const b3 = bytes[at + 3] as number;
    const b4 = bytes[at + 4] as number;
    const b5 = bytes[at + 5] as number;
    if ((b0 & b1 & b2 & b3 & b4) < 0x80 || b5 >= 0x80) return scanAnySample(start, end);
    const low = (b0 & 0x7f) | ((b1 & 0x7f) << 7) | ((b2 & 0x7f) << 14) | ((b3 & 0x7f) << 21);
    noteSample(low + ((b4 & 0x7f) | (b5 << 7)) * fourBytes);
  }

  function scanAnySample(start: number, end: number): void {
    let timestampMs = 0;
    position = start;
    while (position < end) {
      const field = key(end);
      if (field === 0x10) timestampMs = varint(end);
      else skip(field & 7, end);
    }
    noteSample(timestampMs);
  }

  function noteSample(timestampMs: number): void {
    if (series.samples > 0 && timestampMs <= series.newestMs) fault('sample_order');
    if (timestampMs < limits.oldestMs) fault('too_old');
    // A negative number reads as a huge one here, ten bytes long: it lies before 1970.
    else if (timestampMs > limits.newestMs) fault(timestampMs > Number.MAX_SAFE_INTEGER ? 'too_old' : 'too_new');
    if (series.samples === 0) series.oldestMs = timestampMs;
    series.newestMs = timestampMs;
    series.samples += 1;
  }

  function scanSeries(start: number, contentStart: number, end: number): void {
    series.start = start;
    series.end = end;
    series.labelsStart = contentStart;
    const knownEnd = trail === undefined ? 0 : trail.match(series, contentStart, end);
    if (knownEnd === 0 || !scanSamples(knownEnd, end)) scanWholeSeries(contentStart, end);
    visit(series);
  }

  function beginSeries(labelsEnd: number): void {
    series.labelsEnd = labelsEnd;
    series.samples = 0;
    series.fault = undefined;
    isPlain = true;
    labels.begin();
  }

  /** What follows labels that are known; false where more labels follow: then they are others. */
  function scanSamples(start: number, end: number): boolean {
    beginSeries(start);
    let at = start;
    while (at < end && series.labelsEnd === start) at = scanField(at, end);
    return series.labelsEnd === start;
  }

  function scanWholeSeries(contentStart: number, end: number): void {
    beginSeries(contentStart);
    series.nameStart = series.nameEnd = series.instanceStart = series.instanceEnd = series.jobStart = series.jobEnd = 0;
    let at = contentStart;
    while (at < end) at = scanField(at, end);
    if (series.nameEnd === 0) fault('no_name');
    if (series.instanceEnd === 0) fault('no_instance');
    if (series.jobEnd === 0) fault('no_job');
    if (labels.count() > limits.maxLabels) fault('label_count');
    trail?.note(series, isPlain && series.fault === undefined);
  }

  /** A field of a series; answers where it ends. */
  function scanField(start: number, end: number): number {
    position = start;
    const field = key(end);
    if (field !== 0x0a && field !== 0x12) {
      if (field === 0x22) fault('histogram');
      skip(field & 7, end);
      return position;
    }
    const fieldEnd = delimited(end);
    if (field === 0x0a) {
      if (start !== series.labelsEnd) isPlain = false;
      scanLabel(position, fieldEnd);
      series.labelsEnd = fieldEnd;
    } else scanSample(position, fieldEnd);
    return fieldEnd;
  }

  let count = 0;
  let hasSymbols = false;
  while (position < bytes.length) {
    const start = position;
    const field = key(bytes.length);
    if (field === 0x0a) {
      const end = delimited(bytes.length);
      scanSeries(start, position, end);
      position = end;
      count += 1;
    } else {
      if (field === 0x22 || field === 0x2a) hasSymbols = true;
      skip(field & 7, bytes.length);
    }
  }
  trail?.finish();
  return { series: count, hasSymbols };
}
