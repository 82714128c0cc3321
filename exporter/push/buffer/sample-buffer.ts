/**
 * Implements the push buffer, which keeps sample sets in order until they are acknowledged, bounded by size and age. While the disk cannot be
 * written, the latest sets are kept in memory, so that a host with a full disk still pushes.
 */
import type { Log } from '../../../common/program/log.ts';
import { openBufferFile } from './buffer-file.ts';
import type { IdRange, ReadBound, SampleSegments, SampleSet, Totals } from './sample-segments.ts';

export type { Layout } from './layouts.ts';
export type { IdRange, SampleSet, Totals } from './sample-segments.ts';

/** The reason why sets were dropped. `disk`: the disk could not be written, and the memory was full. */
export type DropReason = 'max_bytes' | 'max_age' | 'disk' | 'damaged';
export const dropReasons: readonly DropReason[] = ['max_bytes', 'max_age', 'disk', 'damaged'];

export interface SampleBufferOptions {
  readonly path: string;
  /** The limit of the file. Its write-ahead log adds 1 MiB. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly now: () => number;
  readonly log: Log;
  /** How long to wait for another exporter to release the file. */
  readonly busyTimeoutMs?: number;
}

export interface BufferState extends Totals {
  /** The instant of the oldest pending set; absent when there is none. */
  readonly oldestMs?: number;
  /** The size of the file; absent while it cannot be read. */
  readonly usedBytes?: number;
  readonly droppedSamples: Readonly<Record<DropReason, number>>;
  /** False while sets are held in memory because the disk cannot be written. */
  readonly isDurable: boolean;
}

export interface SampleBuffer {
  /** The set is on disk on return, or in memory while the disk is at fault. Never throws for faults of the disk. */
  append(set: Omit<SampleSet, 'id'>): void;
  /** Returns sets of the range, oldest first, without consuming them. Returns the first set even when the set exceeds the bound. */
  peek(range: IdRange, bound: ReadBound): readonly SampleSet[];
  /** Removes sets that a receiver has accepted. */
  acknowledge(range: IdRange): void;
  /** Removes sets that the receiver refuses permanently, and keeps them for examination. */
  setAside(range: IdRange, reason: string): void;
  /** Returns id and instant of the newest set ever appended, across restarts; instant 0 when there was none. */
  last(): { readonly id: number; readonly timestampMs: number };
  state(): BufferState;
  /** Idempotent. */
  close(): void;
}

/** The number of sets held in memory while the disk cannot be written. */
const memorySets = 12;
const everything: IdRange = { from: 0, to: Number.MAX_SAFE_INTEGER };
const nothing: Totals = { sets: 0, samples: 0, bytes: 0 };

/** Opens the file. Moves a damaged file aside. Throws a `StartError` when another process holds the file. */
export function createSampleBuffer({ maxBytes, maxAgeMs, now, log, ...rest }: SampleBufferOptions): SampleBuffer {
  /** In the file. */
  let stored: Totals = nothing;
  // Before the file is opened, ids start at the clock's milliseconds, above all ids in the file: sets are at least 1 s apart.
  let last = { id: now(), timestampMs: 0 };
  /** Sets that are not in the file yet. They are newer than all sets in the file. */
  let memory: SampleSet[] = [];
  /** Acknowledged ranges that are still in the file because it could not be written. */
  let undeleted: IdRange[] = [];
  const dropped: Record<DropReason, number> = { max_bytes: 0, max_age: 0, disk: 0, damaged: 0 };
  const file = openBufferFile({ ...rest, now, log, onOpen, onLoss });

  function onOpen(segments: SampleSegments): void {
    stored = segments.totals();
    const found = segments.last();
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
    file.attempt((segments) => {
      for (const range of undeleted) stored = subtract(stored, segments.remove(range));
      undeleted = [];
      segments.append(memory);
      stored = add(stored, sumOf(memory));
      memory = [];
      file.noteWritten();
      enforceBounds(segments);
    });
    dropped.disk += sumOf(memory.splice(0, Math.max(0, memory.length - memorySets))).samples;
  }

  function enforceBounds(segments: SampleSegments): void {
    const cutoffMs = now() - maxAgeMs;
    const oldest = segments.oldest();
    if (oldest !== undefined && oldest.timestampMs < cutoffMs)
      drop(segments, { from: 0, to: (segments.firstSince(cutoffMs) ?? last.id + 1) - 1 }, 'max_age');
    while (segments.usedBytes() > maxBytes && stored.sets > 1) {
      if (segments.trimSetAside()) continue;
      const first = segments.oldest()?.id ?? last.id;
      // A hundredth at a time, because each removal is a transaction.
      drop(segments, { from: 0, to: Math.min(first + Math.floor(stored.sets / 100), last.id - 1) }, 'max_bytes');
    }
  }

  function drop(segments: SampleSegments, range: IdRange, reason: DropReason): void {
    const removed = segments.remove(range);
    stored = segments.totals();
    dropped[reason] += removed.samples;
    log.warn('the push buffer dropped samples', { reason, sets: removed.sets, samples: removed.samples });
  }

  function peek(range: IdRange, bound: ReadBound): readonly SampleSet[] {
    const found = file.attempt((segments) => {
      const { sets: read, damaged } = segments.read(skipUndeleted(range), bound);
      for (const id of damaged) drop(segments, { from: id, to: id }, 'damaged');
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

  function take(range: IdRange, fromFile: (segments: SampleSegments) => Totals): void {
    memory = memory.filter(({ id }) => id < range.from || id > range.to);
    if (stored.sets === 0) return;
    const removed = file.attempt(fromFile);
    if (removed !== undefined) stored = subtract(stored, removed);
    else undeleted.push(range);
  }

  function state(): BufferState {
    const oldest = peek(everything, { maxSamples: 0 })[0];
    const usedBytes = file.attempt((segments) => segments.usedBytes());
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
    acknowledge: (range) => take(range, (segments) => segments.remove(range)),
    setAside: (range, reason) => take(range, (segments) => segments.setAside(range, reason, now())),
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
