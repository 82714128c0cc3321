/**
 * Scans a remote-write request in place and checks every series, without allocating objects or strings: the scan reads every
 * byte of every push.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
import type { KnownLabels } from './known-labels.ts';
import { createLabelCheck, labelKinds } from './label-check.ts';
import { emptySeries, type ScanLimits, type ScannedSeries, type SeriesFault } from './scanned-series.ts';
import { WireCursor } from './wire-cursor.ts';

export interface ScanSummary {
  readonly series: number;
  /** The request has a symbol table, which only remote write 2.0 has. */
  readonly hasSymbols: boolean;
}

/**
 * `isKnown`: an earlier request had the same labels at the same place, and its visitor accepted them. A series for which the
 * visitor returns false does not become known.
 */
export type SeriesVisitor = (series: ScannedSeries, isKnown: boolean) => unknown;

/** Further labels of a series are not checked: a request may hold millions of empty ones. */
const maxCheckedLabels = 1_000;

/** Keys: field numbers times 8, plus wire types. */
const request = { series: 0x0a, symbols: 0x22, seriesOfVersion2: 0x2a } as const;
const timeSeries = { label: 0x0a, sample: 0x12, histogram: 0x22 } as const;
const label = { name: 0x0a, value: 0x12 } as const;
const sample = { value: 0x09, timestamp: 0x10 } as const;

/**
 * Calls `visit` for each series in order with the same object. Labels found in `known` are not checked again; `known` must
 * only be used with one set of limits on labels. Throws a `MalformedRequestError`.
 */
export function scanWriteRequest(
  bytes: Uint8Array,
  limits: ScanLimits,
  visit: SeriesVisitor,
  known?: KnownLabels,
): ScanSummary {
  const series = emptySeries();
  const labels = createLabelCheck(bytes, limits.maxValueBytes);
  const trail = known?.begin(bytes);
  const cursor = new WireCursor(bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** All labels of the series are adjacent. */
  let isContiguous = true;

  function scanSeries(start: number, contentStart: number, end: number): void {
    series.start = start;
    series.end = end;
    series.labelsStart = contentStart;
    const knownEnd = trail === undefined ? 0 : trail.match(series, contentStart, end);
    const isKnown = knownEnd !== 0 && scanBehindKnownLabels(knownEnd, end);
    if (!isKnown) scanWholeSeries(contentStart, end);
    const isAccepted = visit(series, isKnown) !== false;
    if (!isKnown) trail?.note(series, isAccepted && isContiguous && series.fault === undefined);
  }

  function beginSeries(labelsEnd: number): void {
    series.labelsEnd = labelsEnd;
    series.samples = 0;
    series.fault = undefined;
    isContiguous = true;
    labels.begin();
  }

  /** Returns false when more labels follow the known ones: the series then has other labels than the known one. */
  function scanBehindKnownLabels(labelsEnd: number, end: number): boolean {
    beginSeries(labelsEnd);
    let at = labelsEnd;
    while (at < end && series.labelsEnd === labelsEnd) at = scanField(at, end);
    return series.labelsEnd === labelsEnd;
  }

  function scanWholeSeries(contentStart: number, end: number): void {
    beginSeries(contentStart);
    series.nameStart = series.nameEnd = series.instanceStart = series.instanceEnd = series.jobStart = series.jobEnd = 0;
    let at = contentStart;
    while (at < end) at = scanField(at, end);
    if (series.nameEnd === 0) addFault('no_name');
    if (series.instanceEnd === 0) addFault('no_instance');
    if (series.jobEnd === 0) addFault('no_job');
    if (labels.count() > limits.maxLabels) addFault('label_count');
    if (limits.mayBeReserved?.(latin1(series.nameStart, series.nameEnd)) === true) addFault('reserved_name');
  }

  /** Scans one field of a series and returns where the field ends. */
  function scanField(start: number, end: number): number {
    cursor.position = start;
    const key = cursor.key(end);
    if (key !== timeSeries.label && key !== timeSeries.sample) {
      if (key === timeSeries.histogram) addFault('histogram');
      cursor.skip(key, end);
      return cursor.position;
    }
    const contentEnd = cursor.contentEnd(end);
    if (key === timeSeries.sample) scanSample(cursor.position, contentEnd);
    else {
      if (start !== series.labelsEnd) isContiguous = false;
      if (labels.count() < maxCheckedLabels) scanLabel(cursor.position, contentEnd);
      else addFault('label_count');
      series.labelsEnd = contentEnd;
    }
    return contentEnd;
  }

  /** The fast path: the name, then the value, each shorter than 128 bytes. */
  function scanLabel(start: number, end: number): void {
    const nameStart = start + 2;
    const nameLength = bytes[start + 1] as number;
    const nameEnd = nameStart + nameLength;
    const valueStart = nameEnd + 2;
    const valueLength = end - valueStart;
    if (
      bytes[start] === label.name &&
      nameLength < 0x80 &&
      valueLength >= 0 &&
      valueLength < 0x80 &&
      bytes[nameEnd] === label.value &&
      bytes[nameEnd + 1] === valueLength
    )
      addLabel(nameStart, nameEnd, valueStart, end);
    else scanUnusualLabel(start, end);
  }

  function scanUnusualLabel(start: number, end: number): void {
    let [nameStart, nameEnd, valueStart, valueEnd] = [0, 0, 0, 0];
    cursor.position = start;
    while (cursor.position < end) {
      const key = cursor.key(end);
      if (key === label.name) {
        nameEnd = cursor.contentEnd(end);
        nameStart = cursor.position;
        cursor.position = nameEnd;
      } else if (key === label.value) {
        valueEnd = cursor.contentEnd(end);
        valueStart = cursor.position;
        cursor.position = valueEnd;
      } else cursor.skip(key, end);
    }
    addLabel(nameStart, nameEnd, valueStart, valueEnd);
  }

  function addLabel(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const fault = labels.check(nameStart, nameEnd, valueStart, valueEnd);
    if (fault !== undefined) addFault(fault);
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

  /** The fast path: the value, then a timestamp of six bytes (1971 to 2109), and nothing else. */
  function scanSample(start: number, end: number): void {
    const isUsual = end - start === 16 && bytes[start] === sample.value && bytes[start + 9] === sample.timestamp;
    const timestampMs = isUsual ? sixByteVarint(bytes, start + 10) : -1;
    addSample(timestampMs === -1 ? scanUnusualSample(start, end) : timestampMs);
  }

  /** Returns the timestamp; 0 when the sample has none, as protobuf omits zeros. */
  function scanUnusualSample(start: number, end: number): number {
    let timestampMs = 0;
    cursor.position = start;
    while (cursor.position < end) {
      const key = cursor.key(end);
      if (key === sample.timestamp) timestampMs = cursor.varint(end);
      else cursor.skip(key, end);
    }
    return timestampMs;
  }

  function addSample(timestampMs: number): void {
    if (series.samples > 0 && timestampMs <= series.newestMs) addFault('sample_order');
    if (timestampMs < limits.oldestMs) addFault('too_old');
    // A negative timestamp is read as an unsigned integer above 2^63: it is before 1970.
    else if (timestampMs > limits.newestMs) addFault(timestampMs > Number.MAX_SAFE_INTEGER ? 'too_old' : 'too_new');
    if (series.samples === 0) series.oldestMs = timestampMs;
    series.newestMs = timestampMs;
    series.samples += 1;
  }

  function latin1(start: number, end: number): string {
    return buffer.toString('latin1', start, end);
  }

  /** The first fault of a series counts. */
  function addFault(fault: SeriesFault): void {
    series.fault ??= fault;
  }

  let count = 0;
  let hasSymbols = false;
  while (cursor.position < bytes.length) {
    const start = cursor.position;
    const key = cursor.key(bytes.length);
    if (key === request.series) {
      const end = cursor.contentEnd(bytes.length);
      scanSeries(start, cursor.position, end);
      cursor.position = end;
      count += 1;
    } else {
      if (key === request.symbols || key === request.seriesOfVersion2) hasSymbols = true;
      cursor.skip(key, bytes.length);
    }
  }
  trail?.finish();
  return { series: count, hasSymbols };
}

/** Returns the value of the varint of six bytes at `at`, or -1 when the varint has another length. Twice as fast as `readVarint`. */
function sixByteVarint(bytes: Uint8Array, at: number): number {
  const b0 = bytes[at] as number;
  const b1 = bytes[at + 1] as number;
  const b2 = bytes[at + 2] as number;
  const b3 = bytes[at + 3] as number;
  const b4 = bytes[at + 4] as number;
  const b5 = bytes[at + 5] as number;
  if ((b0 & b1 & b2 & b3 & b4) < 0x80 || b5 >= 0x80) return -1;
  const low = (b0 & 0x7f) | ((b1 & 0x7f) << 7) | ((b2 & 0x7f) << 14) | ((b3 & 0x7f) << 21);
  return low + ((b4 & 0x7f) | (b5 << 7)) * 2 ** 28;
}
