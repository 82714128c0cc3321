/** The tables of the gateway's queue: batches in the order of acceptance, and how far each host's were forwarded. */
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, openQueueFile, preparer } from '../../common/queue/queue-file.ts';

/** What is known of a batch without reading its body. */
export interface BatchInfo {
  /** Ascending in the order of acceptance, never given twice. */
  readonly id: number;
  readonly host: string;
  readonly acceptedMs: number;
  /** Timestamps of its oldest and newest samples. */
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly samples: number;
  /** Opaque here. */
  readonly flags: number;
  /** Of the body. */
  readonly bytes: number;
}

export interface Batch extends Omit<BatchInfo, 'bytes'> {
  readonly body: Uint8Array;
}

/** How far a host's batches were forwarded. */
export interface HostMark {
  readonly host: string;
  /** Every batch of the host up to this id was forwarded or given up. */
  readonly settledId: number;
  /** Of all samples that were ever accepted for it, where settled batches say so. */
  readonly newestMs: number;
}

export interface Changes {
  readonly batches: readonly Batch[];
  readonly marks: readonly HostMark[];
  /** Ids of batches that nobody needs any more. */
  readonly deletions: readonly number[];
  /** Marks of hosts whose newest sample is older are forgotten. */
  readonly forgetBeforeMs?: number;
}

export interface Contents {
  readonly batches: readonly BatchInfo[];
  readonly marks: readonly HostMark[];
  readonly lastId: number;
}

/** One open file. Throws SQLite's errors; then nothing has changed. */
export interface BatchRows {
  contents(): Contents;
  /** On disk when it returns, all or nothing. */
  apply(changes: Changes): void;
  /** The body; undefined when it is gone or its checksum wrong. */
  read(id: number): Uint8Array | undefined;
  close(): void;
}

const version = 1;

/** The body comes last: an index of the queue is read without walking through its pages. */
const schema = `
  create table batches (
    id integer primary key autoincrement, host text not null, accepted_ms integer not null, oldest_ms integer not null,
    newest_ms integer not null, samples integer not null, flags integer not null, crc integer not null,
    body blob not null) strict;
  create table hosts (host text primary key, settled_id integer not null, newest_ms integer not null) strict, without rowid`;

/** Of a fleet's queue, which is written all the time: 16 MiB of log between checkpoints, and no more than 64 on disk. */
const pragmas = ['wal_autocheckpoint = 4096', `journal_size_limit = ${64 * 2 ** 20}`, 'cache_size = -8192'];

/** Free pages are given back to the file system in steps of this many, 4 MiB. */
const vacuumStep = 1_024;

export function openBatchRows(path: string): BatchRows {
  const db = openQueueFile({ path, version, schema });
  try {
    for (const pragma of pragmas) db.exec(`pragma ${pragma}`);
    return createBatchRows(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function createBatchRows(db: DatabaseSync): BatchRows {
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const statement = preparer(db);
  const insert = statement('insert into batches values (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const mark = statement(
    `insert into hosts values (?, ?, ?) on conflict (host) do update
     set settled_id = max(settled_id, excluded.settled_id), newest_ms = max(newest_ms, excluded.newest_ms)`,
  );
  const remove = statement('delete from batches where id = ?');

  function apply({ batches, marks, deletions, forgetBeforeMs }: Changes): void {
    inTransaction(db, () => {
      for (const { id, host, acceptedMs, oldestMs, newestMs, samples, flags, body } of batches)
        insert.run(id, host, acceptedMs, oldestMs, newestMs, samples, flags, crc32(body), body);
      for (const { host, settledId, newestMs } of marks) mark.run(host, settledId, newestMs);
      for (const id of deletions) remove.run(id);
      if (forgetBeforeMs !== undefined) forget(forgetBeforeMs);
    });
    if (deletions.length > 0) db.exec(`pragma incremental_vacuum(${vacuumStep})`);
  }

  /** The mark of a host whose batches wait stays: it says which of them were forwarded. */
  function forget(beforeMs: number): void {
    statement('delete from hosts where newest_ms < ? and host not in (select host from batches)').run(beforeMs);
  }

  return {
    contents: () => ({
      batches: statement(
        `select id, host, accepted_ms as acceptedMs, oldest_ms as oldestMs, newest_ms as newestMs, samples, flags,
         length(body) as bytes from batches order by id`,
      ).all() as unknown as BatchInfo[],
      marks: statement(
        'select host, settled_id as settledId, newest_ms as newestMs from hosts',
      ).all() as unknown as HostMark[],
      lastId: Number(statement("select seq from sqlite_sequence where name = 'batches'").get()?.['seq'] ?? 0),
    }),
    apply,
    read(id) {
      const row = statement('select crc, body from batches where id = ?').get(id) as
        | { readonly crc: number; readonly body: Uint8Array }
        | undefined;
      return row !== undefined && crc32(row.body) === row.crc ? row.body : undefined;
    },
    close: () => db.close(),
  };
}
