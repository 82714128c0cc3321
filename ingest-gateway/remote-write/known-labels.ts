/**
 * Caches checked labels. A host sends the same series in the same order with every push: comparing their labels with the
 * previous push costs a tenth of checking them.
 */
import type { ScannedSeries } from './scanned-series.ts';

/** The cache, for requests one after the other under one set of limits. */
export interface KnownLabels {
  /** Starts a request. */
  begin(bytes: Uint8Array): LabelTrail;
}

/** Follows one request: for each series in order `match`, then `note` when nothing matched. */
export interface LabelTrail {
  /** Returns where the known labels at `start` end and sets the positions of name, instance and job; 0 when they are not known. */
  match(series: ScannedSeries, start: number, end: number): number;
  /** Records a checked series; `isReusable`: it has no fault and its labels are adjacent. */
  note(series: ScannedSeries, isReusable: boolean): void;
  /** Ends a request that was scanned without an error. */
  finish(): void;
}

/** Limits of one cached request: enough for one host, not for a Prometheus that forwards many. */
const maxRequestBytes = 256 * 1024;
const maxRequestSeries = 4_096;
/** The size of each of two generations. Requests that are not used while one fills are dropped. */
const maxGenerationBytes = 32 * 2 ** 20;

/** The length of a series' labels (0: not known), then start and end of name, instance and job within them. */
const fieldsPerSeries = 7;
const maxLength = 0xffff;

interface KnownRequest {
  /** The labels of all series, concatenated. */
  readonly labels: DataView;
  readonly fields: Uint16Array;
}

export function createKnownLabels(): KnownLabels {
  let recent = new Map<string, KnownRequest>();
  let older = new Map<string, KnownRequest>();
  let recentBytes = 0;
  const starts = new Int32Array(maxRequestSeries);
  const fields = new Uint16Array(maxRequestSeries * fieldsPerSeries);

  function find(key: string): KnownRequest | undefined {
    const request = recent.get(key);
    if (request !== undefined) return request;
    const found = older.get(key);
    if (found !== undefined) store(key, found);
    return found;
  }

  function store(key: string, request: KnownRequest): void {
    older.delete(key);
    recent.set(key, request);
    recentBytes += request.labels.byteLength + request.fields.byteLength;
    if (recentBytes <= maxGenerationBytes) return;
    older = recent;
    recent = new Map();
    recentBytes = 0;
  }

  function forget(key: string): void {
    const request = recent.get(key);
    if (request !== undefined) recentBytes -= request.labels.byteLength + request.fields.byteLength;
    recent.delete(key);
    older.delete(key);
  }

  function begin(bytes: Uint8Array): LabelTrail {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    /** The labels of the first series; undefined before it, and when it is not reusable. */
    let key: string | undefined;
    let request: KnownRequest | undefined;
    let [series, labelsAt, recordedBytes] = [0, 0, 0];
    let [isRecording, isOutdated] = [false, false];

    function start({ labelsStart, labelsEnd }: ScannedSeries): void {
      const first = Buffer.from(bytes.buffer, bytes.byteOffset + labelsStart, labelsEnd - labelsStart).toString(
        'latin1',
      );
      key = first;
      request = find(first);
      if (request === undefined) isRecording = true;
      else labelsAt = request.fields[0] as number;
    }

    function record(each: ScannedSeries, isReusable: boolean): void {
      const length = isReusable ? each.labelsEnd - each.labelsStart : 0;
      recordedBytes += length;
      if (series > maxRequestSeries || length > maxLength || recordedBytes > maxRequestBytes) {
        isRecording = false;
        return;
      }
      const { labelsStart } = each;
      starts[series - 1] = labelsStart;
      const at = (series - 1) * fieldsPerSeries;
      fields[at] = length;
      fields[at + 1] = each.nameStart - labelsStart;
      fields[at + 2] = each.nameEnd - labelsStart;
      fields[at + 3] = each.instanceStart - labelsStart;
      fields[at + 4] = each.instanceEnd - labelsStart;
      fields[at + 5] = each.jobStart - labelsStart;
      fields[at + 6] = each.jobEnd - labelsStart;
    }

    function recorded(): KnownRequest {
      const labels = new Uint8Array(recordedBytes);
      let length = 0;
      for (let at = 0; at < series; at++) {
        const from = starts[at] as number;
        const count = fields[at * fieldsPerSeries] as number;
        labels.set(bytes.subarray(from, from + count), length);
        length += count;
      }
      return { labels: new DataView(labels.buffer), fields: fields.slice(0, series * fieldsPerSeries) };
    }

    return {
      match(found, labelsStart, end) {
        const at = series++ * fieldsPerSeries;
        if (request === undefined) return 0;
        const length = request.fields[at];
        if (length === undefined) {
          isOutdated = true;
          return 0;
        }
        if (length === 0) return 0;
        const knownAt = labelsAt;
        labelsAt += length;
        const labelsEnd = labelsStart + length;
        if (labelsEnd > end || !isSame(view, labelsStart, request.labels, knownAt, length)) {
          isOutdated = true;
          return 0;
        }
        found.nameStart = labelsStart + (request.fields[at + 1] as number);
        found.nameEnd = labelsStart + (request.fields[at + 2] as number);
        found.instanceStart = labelsStart + (request.fields[at + 3] as number);
        found.instanceEnd = labelsStart + (request.fields[at + 4] as number);
        found.jobStart = labelsStart + (request.fields[at + 5] as number);
        found.jobEnd = labelsStart + (request.fields[at + 6] as number);
        return labelsEnd;
      },
      note(checked, isReusable) {
        if (series === 1 && isReusable) start(checked);
        if (isRecording) record(checked, isReusable);
      },
      finish() {
        if (key === undefined) return;
        if (isRecording) store(key, recorded());
        else if (isOutdated) forget(key); // the next request is recorded again
      },
    };
  }

  return { begin };
}

/** Compares four bytes at a time; the labels of a series are longer than that. */
function isSame(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  const last = length - 4;
  let difference = a.getInt32(aStart + last) ^ b.getInt32(bStart + last);
  for (let at = 0; at < last; at += 4) difference |= a.getInt32(aStart + at) ^ b.getInt32(bStart + at);
  return difference === 0;
}
