/**
 * Copies stored samples from one server to another, window by window in time order and metric by metric within a window.
 *
 * Memory: one answer of remote read and one write request at a time. A range whose answer is too large is halved; the shorter
 * range is kept for the metric.
 * Interruption: the state names the last copied metric of a window. Samples that are copied again have the same timestamps
 * and values.
 */
import type { Matcher } from '../../../common/catalogue/expression.ts';
import { writeVarint } from '../../../common/protobuf/varint.ts';
import { compressBlock } from '../../../common/remote-write/snappy.ts';
import type { CopyState } from './copy-state.ts';
import { countSamples, RangeTooLargeError, type ReadRange, type SeriesBytes } from './remote-read.ts';

export interface CopySource {
  /**
   * Returns the names of all metrics, in any order. Not by window: Prometheus' list of a past range lacks the metrics whose
   * samples of that range came late and are still in its head.
   */
  names(matchers: readonly Matcher[]): Promise<readonly string[]>;
  read(range: ReadRange): Promise<readonly SeriesBytes[]>;
}

export interface CopyOptions {
  readonly source: CopySource;
  /** Sends one remote write request, and again until it is stored. Throws if the samples are refused. */
  readonly write: (body: Uint8Array) => Promise<void>;
  readonly state: CopyState;
  readonly matchers: readonly Matcher[];
  readonly windowMs: number;
  readonly signal: AbortSignal;
  /** Called after each metric with the new state and the share that is done, from 0 to 1. */
  readonly onProgress: (state: CopyState, share: number) => void;
}

/** Uncompressed bytes of a write request, some 60,000 samples. */
const maxWriteBytes = 2 ** 20;
/** A range this short holds one sample of each series. */
const shortestMs = 1_000;

/** Returns the final state. Throws the signal's reason when it is aborted. */
export async function copySamples(options: CopyOptions): Promise<CopyState> {
  const { source, signal, windowMs, matchers, onProgress } = options;
  const { startMs, endMs } = options.state;
  const lengths = new Map<string, number>();
  let state = options.state;
  while (state.windowMs < endMs) {
    const range = { startMs: state.windowMs, endMs: Math.min(state.windowMs + windowMs, endMs) };
    const done = state.name;
    const names = (await source.names(matchers)).toSorted(byCodeUnits);
    for (const [index, name] of names.entries()) {
      if (name <= done) continue;
      signal.throwIfAborted();
      const samples = await copyMetric(options, { ...range, name, lengths });
      state = { ...state, name, samples: state.samples + samples };
      const elapsedMs = range.startMs - startMs + ((range.endMs - range.startMs) * (index + 1)) / names.length;
      onProgress(state, elapsedMs / (endMs - startMs));
    }
    state = { ...state, windowMs: range.endMs, name: '' };
    onProgress(state, (range.endMs - startMs) / (endMs - startMs));
  }
  return state;
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

interface MetricRange {
  readonly name: string;
  readonly startMs: number;
  /** Not included. */
  readonly endMs: number;
  /** The length of a range whose answer is not too large, by metric. */
  readonly lengths: Map<string, number>;
}

async function copyMetric(options: CopyOptions, { name, startMs, endMs, lengths }: MetricRange): Promise<number> {
  const { source, write, signal } = options;
  const matchers: readonly Matcher[] = [{ label: '__name__', operator: '=', value: name }, ...options.matchers];
  let samples = 0;
  for (let fromMs = startMs; fromMs < endMs; ) {
    const lengthMs = Math.min(lengths.get(name) ?? endMs - startMs, endMs - fromMs);
    let series: readonly SeriesBytes[];
    try {
      series = await source.read({ matchers, startMs: fromMs, endMs: fromMs + lengthMs - 1, signal });
    } catch (error) {
      if (!(error instanceof RangeTooLargeError) || lengthMs <= shortestMs) throw error;
      lengths.set(name, Math.max(shortestMs, Math.ceil(lengthMs / 2)));
      continue;
    }
    for (const body of writeRequests(series)) await write(body);
    samples += series.reduce((sum, each) => sum + countSamples(each), 0);
    fromMs += lengthMs;
  }
  return samples;
}

/** Yields compressed write requests: `WriteRequest` holds the same messages as the answer of remote read. */
function* writeRequests(series: readonly SeriesBytes[]): Generator<Uint8Array> {
  for (let start = 0; start < series.length; ) {
    let [end, bytes] = [start, 0];
    while (end < series.length && (end === start || bytes + (series[end]?.length ?? 0) <= maxWriteBytes)) {
      bytes += (series[end]?.length ?? 0) + 6;
      end += 1;
    }
    yield compressBlock(encodeSeries(series.slice(start, end), bytes));
    start = end;
  }
}

function encodeSeries(series: readonly SeriesBytes[], maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(maxBytes);
  let length = 0;
  for (const each of series) {
    bytes[length] = 0x0a; // field 1, length-delimited
    length = writeVarint(bytes, length + 1, each.length);
    bytes.set(each, length);
    length += each.length;
  }
  return bytes.subarray(0, length);
}
