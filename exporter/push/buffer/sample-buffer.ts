/**
 * The exporter's buffer: keeps sample sets in order until they are acknowledged, within bounds of bytes and age.
 * While the disk cannot be written, the last minute is kept in memory: a host whose disk is full must still be heard.
 */
import type { Log } from '../../../common/program/log.ts';
import { openBufferFile } from './buffer-file.ts';
import type { IdRange, ReadBound, SampleSet, SampleSets, Totals } from './sample-segments.ts';

export type { Layout } from './layouts.ts';
export type { IdRange, SampleSet, Totals } from './sample-segments.ts';

/** Why sets were given up. `disk`: it could not be written for longer than memory lasts. */
export type DropReason = 'max_bytes' | 'max_age' | 'disk' | 'damaged';
export const dropReasons: readonly DropReason[] = ['max_bytes', 'max_age', 'disk', 'damaged'];

export interface SampleBufferOptions {
  readonly path: string;
  /** Of the file; its write-ahead log adds 1 MiB. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly now: () => number;
  readonly log: Log;
  /** How long to wait for an exporter that is ending. */
  readonly busyTimeoutMs?: number;
}

export interface BufferState extends Totals {
  /** Of the oldest set that waits; absent when none does. */
  readonly oldestMs?: number;
  /** Of the file; absent while it cannot be read. */
  readonly usedBytes?: number;
  readonly droppedSamples: Readonly<Record<DropReason, number>>;
  /** False while sets are kept in memory because the disk cannot be written. */
  readonly isDurable: boolean;
}

export interface SampleBuffer {
  /** Durable when it returns, or kept in memory as long as that lasts. Never throws for the disk's faults. */
  append(set: Omit<SampleSet, 'id'>): void;
  /** Ascending from the oldest in the range; consumes nothing. At least one set where there is one. */
  peek(range: IdRange, bound: ReadBound): readonly SampleSet[];
  /** Removes what a receiver has taken. */
  acknowledge(range: IdRange): void;
  /** Takes what no receiver will ever take out of the way. */
  setAside(range: IdRange, reason: string): void;
  /** The newest set's id and instant, acknowledged or not, over restarts too; 0 when there never was one. */
  last(): { readonly id: number; readonly timestampMs: number };
  state(): BufferState;
  /** Idempotent. */
  close(): void;
}

/** Sets kept in memory while the disk cannot be written. */
const memorySets = 12;
const everything: IdRange = { from: 0, to: Number.MAX_SAFE_INTEGER };
const nothing: Totals = { sets: 0, samples: 0, bytes: 0 };

/** Opens the file. A damaged one is moved aside; throws a `StartError` when another process holds it. */
export function createSampleBuffer({ maxBytes, maxAgeMs, now, log, ...rest }: SampleBufferOptions): SampleBuffer {
  /** In the file. */
  let stored: Totals = nothing;
  // While there is no file, ids are above whatever it holds: at one set a second or less, ids never catch up with the clock.
  let last = { id: now(), timestampMs: 0 };
  /** Newer than all of the file. */
  let memory: SampleSet[] = [];
  /** Acknowledged, and still in the file because it could not be written. */
  let undeleted: IdRange[] = [];
  const dropped: Record<DropReason, number> = { max_bytes: 0, max_age: 0, disk: 0, damaged: 0 };
  const file = openBufferFile({ ...rest, now, log, onOpen, onLoss });

  function onOpen(sets: SampleSets): void {
    stored = sets.totals();
    const found = sets.last();
    const isFirst = last.timestampMs === 0;
    last = {
      id: isFirst ? found.id : Math.max(found.id, last.id),
      timestampMs: Math.max(found.timestampMs, last.timestampMs),
    };
  }

  function onLoss(): void {
    dropped.damaged += stored.samples;
    [stored, undeleted] = [nothing, []];
  }

  function append(set: Omit<SampleSet, 'id'>): void {
    const numbered = { ...set, id: last.id + 1 };
    last = { id: numbered.id, timestampMs: set.timestampMs };
    memory.push(numbered);
    file.attempt((sets) => {
      for (const range of undeleted) stored = subtract(stored, sets.remove(range));
      undeleted = [];
      sets.append(memory);
      stored = add(stored, sumOf(memory));
      memory = [];
      file.noteWritten();
      enforceBounds(sets);
    });
    dropped.disk += sumOf(memory.splice(0, Math.max(0, memory.length - memorySets))).samples;
  }

  function enforceBounds(sets: SampleSets): void {
    const cutoffMs = now() - maxAgeMs;
    const oldest = sets.oldest();
    if (oldest !== undefined && oldest.timestampMs < cutoffMs)
      drop(sets, { from: 0, to: (sets.firstSince(cutoffMs) ?? last.id + 1) - 1 }, 'max_age');
    while (sets.usedBytes() > maxBytes && stored.sets > 1) {
      if (sets.trimSetAside()) continue;
      const first = sets.oldest()?.id ?? last.id;
      // A hundredth at a time: one by one would make a transaction of each.
      drop(sets, { from: 0, to: Math.min(first + Math.floor(stored.sets / 100), last.id - 1) }, 'max_bytes');
    }
  }

  function drop(sets: SampleSets, range: IdRange, reason: DropReason): void {
    const removed = sets.remove(range);
    stored = sets.totals();
    dropped[reason] += removed.samples;
    log.warn('the push buffer gave up its oldest samples', { reason, sets: removed.sets, samples: removed.samples });
  }

  function peek(range: IdRange, bound: ReadBound): readonly SampleSet[] {
    const found = file.attempt((sets) => {
      const { sets: read, damaged } = sets.read(skipUndeleted(range), bound);
      for (const id of damaged) drop(sets, { from: id, to: id }, 'damaged');
      return read.filter(({ id }) => !undeleted.some(({ from, to }) => id >= from && id <= to));
    });
    const taken = [...(found ?? [])];
    let { samples } = sumOf(taken);
    const hasMore = taken.length > 0 && (taken.at(-1) as SampleSet).id < last.id - memory.length;
    if (hasMore) return taken;
    for (const set of memory.filter(({ id }) => id >= range.from && id <= range.to)) {
      samples += set.sampleCount;
      if ((samples > bound.maxSamples || taken.length >= (bound.maxSets ?? Infinity)) && taken.length > 0) break;
      taken.push(set);
    }
    return taken;
  }

  function skipUndeleted({ from, to }: IdRange): IdRange {
    let start = from;
    for (const each of undeleted) if (each.from <= start) start = Math.max(start, each.to + 1);
    return { from: start, to };
  }

  function take(range: IdRange, fromFile: (sets: SampleSets) => Totals): void {
    memory = memory.filter(({ id }) => id < range.from || id > range.to);
    if (stored.sets === 0) return;
    const removed = file.attempt(fromFile);
    if (removed !== undefined) stored = subtract(stored, removed);
    else undeleted.push(range);
  }

  function state(): BufferState {
    const oldest = peek(everything, { maxSamples: 0 })[0];
    const usedBytes = file.attempt((sets) => sets.usedBytes());
    return {
      ...add(stored, sumOf(memory)),
      ...(oldest === undefined ? {} : { oldestMs: oldest.timestampMs }),
      ...(usedBytes === undefined ? {} : { usedBytes }),
      droppedSamples: { ...dropped },
      isDurable: file.isWritable(),
    };
  }

  return {
    append,
    peek,
    acknowledge: (range) => take(range, (sets) => sets.remove(range)),
    setAside: (range, reason) => take(range, (sets) => sets.setAside(range, reason, now())),
    last: () => last,
    state,
    close: () => file.close(),
  };
}

function sumOf(sets: readonly SampleSet[]): Totals {
  let [samples, bytes] = [0, 0];
  for (const { sampleCount, values } of sets) {
    samples += sampleCount;
    bytes += values.byteLength;
  }
  return { sets: sets.length, samples, bytes };
}

function add(a: Totals, b: Totals): Totals {
  return { sets: a.sets + b.sets, samples: a.samples + b.samples, bytes: a.bytes + b.bytes };
}

function subtract(a: Totals, b: Totals): Totals {
  return { sets: a.sets - b.sets, samples: a.samples - b.samples, bytes: a.bytes - b.bytes };
}
