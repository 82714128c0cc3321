/** Stores the tables of the push buffer: sample sets in the order of sampling, the layouts that sets share, and refused sets. */
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, openQueueFile, preparer, readNumber } from '../../../common/queue/queue-file.ts';
import { createLayouts, type Layout } from './layouts.ts';

/** The values of one instant. */
export interface SampleSet {
  /** Unique and ascending in the order of sampling, across restarts. */
  readonly id: number;
  readonly timestampMs: number;
  /** `stale`: the layout's series ended at this instant, and the set has no values. */
  readonly kind: 'samples' | 'stale';
  readonly layout: Layout;
  readonly sampleCount: number;
  readonly values: Uint8Array;
}

/** Inclusive. */
export interface IdRange {
  readonly from: number;
  readonly to: number;
}

export interface Totals {
  readonly sets: number;
  readonly samples: number;
  /** Bytes of the values. */
  readonly bytes: number;
}

export interface ReadResult {
  readonly sets: readonly SampleSet[];
  /** Ids of sets with a wrong checksum. */
  readonly damaged: readonly number[];
}

/** Limits of a read. A read returns at least one set, even when the set exceeds `maxSamples`. */
export interface ReadBound {
  readonly maxSamples: number;
  readonly maxSets?: number;
}

/** One open file. Every method throws SQLite's error when disk or file is at fault, and then changes nothing. */
export interface SampleSegments {
  append(sets: readonly SampleSet[]): void;
  /** Ascending. */
  read(range: IdRange, bound: ReadBound): ReadResult;
  remove(range: IdRange): Totals;
  /** Moves refused sets to a table that keeps the newest thousand for examination. */
  setAside(range: IdRange, reason: string, nowMs: number): Totals;
  /** Deletes the older half of the sets set aside; returns false when there were none. */
  trimSetAside(): boolean;
  totals(): Totals;
  oldest(): { readonly id: number; readonly timestampMs: number } | undefined;
  /** Returns the id of the first set at or after the instant. */
  firstSince(timestampMs: number): number | undefined;
  /** Returns the newest set that was ever in this file. */
  last(): { readonly id: number; readonly timestampMs: number };
  /** Returns the size of the file without free pages. */
  usedBytes(): number;
  close(): void;
}

const version = 1;

/** Small columns come first, so that counting does not read the pages of the values. */
const schema = `
  create table layouts (id integer primary key autoincrement, crc integer not null, body blob not null) strict;
  create table sets (
    id integer primary key autoincrement, at_ms integer not null, kind text not null, layout integer not null,
    samples integer not null, bytes integer not null, crc integer not null, body blob not null) strict;
  create table set_aside (
    id integer primary key, at_ms integer not null, kind text not null, layout integer not null,
    samples integer not null, bytes integer not null, crc integer not null, body blob not null,
    refused_at_ms integer not null, reason text not null) strict;
  create table last_sampled (one integer primary key check (one = 1), at_ms integer not null) strict;
  insert into last_sampled values (1, 0)`;

const maxSetAside = 1_000;
const columns = 'id, at_ms, kind, layout, samples, bytes, crc, body';

/** Pages returned to the file system at once: 2 MiB. */
const vacuumStep = 512;

export function openSampleSegments(
  path: string,
  { busyTimeoutMs }: { readonly busyTimeoutMs?: number } = {},
): SampleSegments {
  const db = openQueueFile({ path, version, schema, ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }) });
  try {
    return createSampleSegments(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function createSampleSegments(db: DatabaseSync): SampleSegments {
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const statement = preparer(db);
  const layouts = createLayouts(db, crc32);
  layouts.prune();
  const pageSize = readNumber(db, 'page_size');
  const sums = `select count(*) as sets, coalesce(sum(samples), 0) as samples, coalesce(sum(bytes), 0) as bytes from sets`;
  const insert = statement(`insert into sets (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?)`);
  const totalsOf = ({ from, to }: IdRange): Totals =>
    statement(`${sums} where id between ? and ?`).get(from, to) as unknown as Totals;

  function append(sets: readonly SampleSet[]): void {
    try {
      inTransaction(db, () => {
        for (const { id, timestampMs, kind, layout, sampleCount, values } of sets) {
          insert.run(
            id,
            timestampMs,
            kind,
            layouts.idOf(layout),
            sampleCount,
            values.byteLength,
            crc32(values),
            values,
          );
          statement('update last_sampled set at_ms = ?').run(timestampMs);
        }
      });
    } catch (error) {
      layouts.forget(); // an inserted layout may have been rolled back
      throw error;
    }
  }

  function read({ from, to }: IdRange, { maxSamples, maxSets = Number.POSITIVE_INFINITY }: ReadBound): ReadResult {
    const sets: SampleSet[] = [];
    const damaged: number[] = [];
    let samples = 0;
    for (const row of statement(`select ${columns} from sets where id between ? and ? order by id`).iterate(from, to)) {
      const { id, at_ms, kind, layout, samples: sampleCount, crc, body } = row as unknown as SetRow;
      samples += sampleCount;
      if ((samples > maxSamples || sets.length >= maxSets) && sets.length > 0) break;
      const known = layouts.find(layout);
      if (known === undefined || crc32(body) !== crc) damaged.push(id);
      else sets.push({ id, timestampMs: at_ms, kind, layout: known, sampleCount, values: body });
    }
    return { sets, damaged };
  }

  function remove(range: IdRange): Totals {
    const removed = inTransaction(db, () => {
      const totals = totalsOf(range);
      statement('delete from sets where id between ? and ?').run(range.from, range.to);
      return totals;
    });
    vacuum();
    return removed;
  }

  function setAside(range: IdRange, reason: string, nowMs: number): Totals {
    return inTransaction(db, () => {
      const totals = totalsOf(range);
      const { from, to } = range;
      statement(
        `insert or replace into set_aside (${columns}, refused_at_ms, reason)
         select ${columns}, ?, ? from sets where id between ? and ?`,
      ).run(nowMs, reason, from, to);
      statement('delete from sets where id between ? and ?').run(from, to);
      statement(
        `delete from set_aside where id <= (select id from set_aside order by id desc limit 1 offset ${maxSetAside})`,
      ).run();
      return totals;
    });
  }

  function vacuum(): void {
    if (readNumber(db, 'freelist_count') > vacuumStep) db.exec(`pragma incremental_vacuum(${vacuumStep})`);
  }

  return {
    append,
    read,
    remove,
    setAside,
    trimSetAside() {
      const { changes } = statement(
        `delete from set_aside where id in
         (select id from set_aside order by id limit (select (count(*) + 1) / 2 from set_aside))`,
      ).run();
      return changes > 0;
    },
    totals: () => totalsOf({ from: 0, to: Number.MAX_SAFE_INTEGER }),
    oldest: () =>
      statement('select id, at_ms as timestampMs from sets order by id limit 1').get() as
        | { id: number; timestampMs: number }
        | undefined,
    firstSince: (timestampMs) =>
      statement('select id from sets where at_ms >= ? order by id limit 1').get(timestampMs)?.['id'] as
        | number
        | undefined,
    last() {
      const id = statement(`select seq as id from sqlite_sequence where name = 'sets'`).get()?.['id'] ?? 0;
      const timestampMs = statement('select at_ms from last_sampled').get()?.['at_ms'] ?? 0;
      return { id: Number(id), timestampMs: Number(timestampMs) };
    },
    usedBytes: () => (readNumber(db, 'page_count') - readNumber(db, 'freelist_count')) * pageSize,
    close: () => db.close(),
  };
}

interface SetRow {
  readonly id: number;
  readonly at_ms: number;
  readonly kind: SampleSet['kind'];
  readonly layout: number;
  readonly samples: number;
  readonly crc: number;
  readonly body: Uint8Array;
}
