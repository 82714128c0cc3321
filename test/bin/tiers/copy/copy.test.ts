/** Windows, metrics and continuations of a copy, over a source and a target in memory. */
import { describe, expect, test } from '@jest/globals';
import { type CopyOptions, copySamples } from '../../../../bin/tiers/copy/copy.ts';
import type { CopyState } from '../../../../bin/tiers/copy/copy-state.ts';
import { RangeTooLargeError, type ReadRange, type SeriesBytes } from '../../../../bin/tiers/copy/remote-read.ts';
import { readMessage } from '../../../../common/protobuf/read.ts';
import { createWriteRequestWriter, encodeLabels } from '../../../../common/remote-write/encode.ts';
import { uncompressBlock } from '../../../../common/remote-write/snappy.ts';

/** Samples of a metric every `stepMs`, for each of some hosts. */
interface Stored {
  readonly hosts: number;
  readonly stepMs: number;
}

/** Returns the series of one metric, as remote read returns them. */
function seriesIn({ hosts, stepMs }: Stored, name: string, { startMs, endMs }: ReadRange): readonly SeriesBytes[] {
  const times: number[] = [];
  for (let timeMs = Math.ceil(startMs / stepMs) * stepMs; timeMs <= endMs; timeMs += stepMs) times.push(timeMs);
  if (times.length === 0) return [];
  const writer = createWriteRequestWriter();
  for (let host = 0; host < hosts; host += 1) writer.add(encodeLabels(name, { host: `h${host}` }), times, times);
  const found: SeriesBytes[] = [];
  readMessage(writer.finish().slice(), { 1: (field) => found.push(field.bytes()) });
  return found;
}

/** Returns `name host time` of every sample of a request. */
function samplesIn(body: Uint8Array): readonly string[] {
  const samples: string[] = [];
  readMessage(uncompressBlock(body, { maxBytes: 2 ** 26 }), {
    1: (series) => {
      let labels = '';
      readMessage(series.bytes(), {
        1: (label) => readMessage(label.bytes(), { 2: (value) => (labels += `${value.string()} `) }),
        2: (sample) => readMessage(sample.bytes(), { 2: (timeMs) => samples.push(`${labels}${timeMs.int64()}`) }),
      });
    },
  });
  return samples;
}

const state: CopyState = {
  from: 'a',
  to: 'b',
  match: '',
  startMs: 1_000_000,
  endMs: 1_000_000 + 10 * 60_000,
  windowMs: 1_000_000,
  name: '',
  samples: 0,
};

interface Run {
  readonly metrics: Readonly<Record<string, Stored>>;
  /** Series times samples of an answer that is too large. */
  readonly limit?: number;
  readonly from?: CopyState;
  /** The copy is aborted after this number of metrics. */
  readonly stopAfter?: number;
}

function start({ metrics, limit = Infinity, from = state, stopAfter = Infinity }: Run) {
  const written: string[] = [];
  const reads: number[] = [];
  const states: CopyState[] = [];
  const shares: number[] = [];
  const stopping = new AbortController();
  let requests = 0;
  const options: CopyOptions = {
    state: from,
    matchers: [],
    windowMs: 3 * 60_000,
    signal: stopping.signal,
    write: async (body) => {
      requests += 1;
      for (const sample of samplesIn(body)) written.push(sample);
    },
    source: {
      names: async () => Object.keys(metrics).toReversed(),
      read: async (range) => {
        const name = range.matchers[0]?.value ?? '';
        reads.push(range.endMs - range.startMs + 1);
        const series = seriesIn(metrics[name] as Stored, name, range);
        const { hosts, stepMs } = metrics[name] as Stored;
        if ((hosts * (range.endMs - range.startMs)) / stepMs > limit) throw new RangeTooLargeError('too large');
        return series;
      },
    },
    onProgress(next, share) {
      states.push(next);
      shares.push(share);
      if (states.length >= stopAfter) stopping.abort(new Error('stopped'));
    },
  };
  return { done: copySamples(options), written, reads, states, shares, requests: () => requests };
}

const metrics = { load: { hosts: 3, stepMs: 5_000 }, memory: { hosts: 2, stepMs: 15_000 } };
/** The samples of ten minutes. */
const all = 3 * 120 + 2 * 40;

describe('a copy', () => {
  test('writes every sample once, in windows, and reports its progress', async () => {
    const run = start({ metrics });
    expect(await run.done).toMatchObject({ samples: all, windowMs: state.endMs, name: '' });
    expect(run.written).toHaveLength(all);
    expect(new Set(run.written).size).toBe(all);
    expect(run.reads).toEqual([180_000, 180_000, 180_000, 180_000, 180_000, 180_000, 60_000, 60_000]);
    expect(run.shares.at(-1)).toBe(1);
    expect(run.shares).toEqual(run.shares.toSorted((a, b) => a - b));
  });

  test('halves ranges whose answer is too large, and keeps the length for the metric', async () => {
    const run = start({ metrics, limit: 30 });
    expect(await run.done).toMatchObject({ samples: all });
    expect(new Set(run.written).size).toBe(all);
    expect(run.written).toHaveLength(all);
    // 45 s of 3 hosts are 27 samples. `load` is refused at 180 s and 90 s once, not again in the next window.
    expect(run.reads.filter((lengthMs) => lengthMs === 180_000)).toHaveLength(1 + 3);
    expect(run.reads.filter((lengthMs) => lengthMs === 90_000)).toHaveLength(1);
  });

  test('continues after the last metric of an interrupted window', async () => {
    const first = start({ metrics, stopAfter: 4 });
    await expect(first.done).rejects.toThrow('stopped');
    const [last] = first.states.slice(-1);
    if (last === undefined) throw new Error('no state');
    expect(last).toMatchObject({ windowMs: 1_180_000, name: 'load' });
    const second = start({ metrics, from: last });
    expect(await second.done).toMatchObject({ samples: all });
    expect([...first.written, ...second.written]).toHaveLength(all);
    expect(new Set([...first.written, ...second.written]).size).toBe(all);
  });

  test('splits a large answer into several requests', async () => {
    const from = { ...state, endMs: state.startMs + 180_000 };
    const run = start({ metrics: { many: { hosts: 2_000, stepMs: 5_000 } }, from });
    expect(await run.done).toMatchObject({ samples: 72_000 });
    expect(new Set(run.written).size).toBe(72_000);
    expect(run.requests()).toBe(2);
  });

  test('fails if one second of samples is too large', async () => {
    await expect(start({ metrics, limit: 0 }).done).rejects.toThrow('too large');
  });
});
