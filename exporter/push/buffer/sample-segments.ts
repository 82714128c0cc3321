/** The tables of the exporter's buffer: sample sets in the order of sampling, the layouts that they share, and what was refused. */
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, openQueueFile, preparer, readNumber } from '../../../common/queue/queue-file.ts';
import { createLayouts, type Layout } from './layouts.ts';

/** Values of one instant. */
export interface SampleSet {
  /** Unique and ascending in the order of sampling, over restarts too. */
  readonly id: number;
  readonly timestampMs: number;
  /** `stale`: the layout's series ended at this instant; such a set has no values. */
  readonly kind: 'samples' | 'stale';
  readonly layout: Layout;
  readonly sampleCount: number;
  readonly values: Uint8Array;
}

/** Ids from and to, both included. */
export interface IdRange {
  readonly from: number;
  readonly to: number;
}

export interface Totals {
  readonly sets: number;
  readonly samples: number;
  /** Of values, without what the file adds. */
  readonly bytes: number;
}

/** Rows whose checksum is wrong are left out and told by id. */
export interface ReadAnswer {
  readonly sets: readonly SampleSet[];
  readonly damaged: readonly number[];
}

/** At least one set is read whatever the bound. */
export interface ReadBound {
  readonly maxSamples: number;
  readonly maxSets?: number;
}

/** One open file. Every method throws SQLite's error when the disk or the file is at fault; then nothing has changed. */
export interface SampleSets {
  append(sets: readonly SampleSet[]): void;
  /** Ascending. */
  read(range: IdRange, bound: ReadBound): ReadAnswer;
  remove(range: IdRange): Totals;
  /** Keeps them for people to look at, the newest thousand. */
  setAside(range: IdRange, reason: string, nowMs: number): Totals;
  /** Gives up the older half of what was set aside; false when there was none. */
  trimSetAside(): boolean;
  totals(): Totals;
  oldest(): { readonly id: number; readonly timestampMs: number } | undefined;
  /** The id of the first set at or after the instant. */
  firstSince(timestampMs: number): number | undefined;
  /** Of all sets that ever were in this file. */
  last(): { readonly id: number; readonly timestampMs: number };
  /** Of the file, without pages that are free. */
  usedBytes(): number;
  close(): void;
}

const version = 1;

/** Small columns first: counting must not walk through the values' pages. */
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

const keptAside = 1_000;
const columns = 'id, at_ms, kind, layout, samples, bytes, crc, body';

/** Free pages are given back to the file system in steps of this many, 2 MiB. */
const vacuumStep = 512;

export function openSampleSets(path: string, { busyTimeoutMs }: { readonly busyTimeoutMs?: number } = {}): SampleSets {
  const db = openQueueFile({ path, version, schema, ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }) });
  try {
    return createSampleSets(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function createSampleSets(db: DatabaseSync): SampleSets {
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
      layouts.forget(); // one of them may have been rolled back
      throw error;
    }
  }

  function read({ from, to }: IdRange, { maxSamples, maxSets = Number.POSITIVE_INFINITY }: ReadBound): ReadAnswer {
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
    giveBack();
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
        `delete from set_aside where id <= (select id from set_aside order by id desc limit 1 offset ${keptAside})`,
      ).run();
      return totals;
    });
  }

  function giveBack(): void {
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
