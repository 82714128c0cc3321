/**
 * The queue's file: batches in the order of acceptance, and up to which batch each host's are settled. A worker thread writes the
 * file, so that a slow disk delays responses and never the event loop that serves HTTP. The module holds both ends: the main
 * thread's promises, answered in the order of the requests, and the worker's loop over the tables.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../common/program/log.ts';
import { StartError } from '../../common/program/program.ts';
import { quarantine } from '../../common/queue/quarantine.ts';
import { inTransaction, isDamage, isLocked, openQueueFile, preparer } from '../../common/queue/queue-file.ts';
import { startWorkerThread } from './worker-thread.ts';

export interface BatchThread {
  /** Resolves once the changes are on disk; rejects when none of them is. */
  apply(changes: Changes): Promise<void>;
  /** Returns undefined for a body that is missing or damaged. Rejects when the file cannot be read. */
  read(id: number): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export interface OpenedThread {
  readonly thread: BatchThread;
  readonly contents: Contents;
  /** New path of a damaged file that was moved aside. */
  readonly movedTo: string | undefined;
}

interface WorkerOptions {
  readonly batchQueuePath: string;
}

type Request =
  | { readonly kind: 'apply'; readonly changes: Changes }
  | { readonly kind: 'read'; readonly id: number }
  | { readonly kind: 'close' };

type Response =
  | { readonly kind: 'opened'; readonly contents: Contents; readonly movedTo: string | undefined }
  | { readonly kind: 'notOpened'; readonly message: string; readonly isLocked: boolean }
  | { readonly kind: 'done'; readonly body?: Uint8Array | undefined }
  | { readonly kind: 'failed'; readonly message: string };

/** Opens the file at `path`. Throws a `StartError` when the file cannot be used. */
export async function startBatchThread({ path }: { readonly path: string }): Promise<OpenedThread> {
  const worker = startWorkerThread<Request, Response>({
    url: new URL(import.meta.url),
    data: { batchQueuePath: path } satisfies WorkerOptions,
    name: "the queue's thread",
  });

  async function call(request: Request): Promise<Uint8Array | undefined> {
    const response = await worker.ask(request);
    if (response.kind === 'done') return response.body;
    throw new Error(response.kind === 'failed' ? response.message : `unexpected response ${response.kind}`);
  }

  const opened = await worker.receive();
  if (opened.kind === 'notOpened') {
    const reason = opened.isLocked ? 'another gateway has it open' : opened.message;
    throw new StartError(`cannot open the queue ${path}: ${reason}`);
  }
  if (opened.kind !== 'opened') throw new Error(`expected the queue's thread to open ${path}, got ${opened.kind}`);
  const thread: BatchThread = {
    apply: async (changes) => void (await call({ kind: 'apply', changes })),
    read: (id) => call({ kind: 'read', id }),
    async close() {
      if (!worker.hasEnded()) await call({ kind: 'close' });
      await worker.stop();
    },
  };
  return { thread, contents: opened.contents, movedTo: opened.movedTo };
}

function serve(port: MessagePort, path: string): void {
  const respond = (response: Response): void => port.postMessage(response);
  let rows: BatchRows;
  try {
    const opened = openUndamaged(path);
    rows = opened.rows;
    respond({ kind: 'opened', contents: rows.contents(), movedTo: opened.movedTo });
  } catch (error) {
    respond({ kind: 'notOpened', message: messageOf(error), isLocked: isLocked(error) });
    return port.close();
  }
  port.on('message', (request: Request) => {
    try {
      if (request.kind === 'read') return respond({ kind: 'done', body: rows.read(request.id) });
      if (request.kind === 'apply') rows.apply(request.changes);
      else rows.close();
      respond({ kind: 'done' });
      if (request.kind === 'close') port.close();
    } catch (error) {
      respond({ kind: 'failed', message: messageOf(error) });
    }
  });
}

/** Moves a damaged file aside, where it can be examined, and creates an empty one. */
function openUndamaged(path: string): { readonly rows: BatchRows; readonly movedTo: string | undefined } {
  try {
    return { rows: openBatchRows(path), movedTo: undefined };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const movedTo = quarantine(path, Date.now());
    return { rows: openBatchRows(path), movedTo };
  }
}

/** Bits of `BatchInfo.flags`, as stored. */
export const batchFlags = {
  /** The batch may hold samples for which Prometheus has another value. */
  outOfOrder: 1,
  /** The batch was accepted before the list of scraped hosts was known. */
  scrapeUnknown: 2,
} as const;

/** A batch without its body. */
export interface BatchInfo {
  /** Ascending in the order of acceptance; an id is never used twice. */
  readonly id: number;
  readonly host: string;
  readonly acceptedMs: number;
  /** Timestamps of the oldest and the newest sample. */
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly samples: number;
  /** Bits of `batchFlags`. */
  readonly flags: number;
  /** Size of the body. */
  readonly bytes: number;
}

export interface Batch extends Omit<BatchInfo, 'bytes'> {
  readonly body: Uint8Array;
}

/** Up to which batch a host's batches are settled: forwarded or dropped. */
export interface HostMark {
  readonly host: string;
  readonly settledId: number;
  /** Time of the newest sample in the host's settled batches. */
  readonly newestMs: number;
}

export interface Changes {
  readonly batches: readonly Batch[];
  readonly marks: readonly HostMark[];
  /** Ids of batches that are no longer retained. */
  readonly deletions: readonly number[];
  /** Removes marks of hosts whose newest sample is older. */
  readonly forgetBeforeMs?: number;
}

export interface Contents {
  readonly batches: readonly BatchInfo[];
  readonly marks: readonly HostMark[];
  readonly lastId: number;
}

/** One open file. Its methods throw SQLite's errors, and then have changed nothing. */
export interface BatchRows {
  contents(): Contents;
  /** Applies all changes in one transaction, on disk when the call returns. */
  apply(changes: Changes): void;
  /** Returns the body; undefined when it is missing or its checksum is wrong. */
  read(id: number): Uint8Array | undefined;
  close(): void;
}

const version = 1;

/** The body is the last column, so that the other columns are read without its overflow pages. */
const schema = `
  create table batches (
    id integer primary key autoincrement, host text not null, accepted_ms integer not null, oldest_ms integer not null,
    newest_ms integer not null, samples integer not null, flags integer not null, crc integer not null,
    body blob not null) strict;
  create table hosts (host text primary key, settled_id integer not null, newest_ms integer not null) strict, without rowid`;

/** A fleet writes the queue all the time: 16 MiB of log between checkpoints, at most 64 MiB of log on disk. */
const pragmas = ['wal_autocheckpoint = 4096', `journal_size_limit = ${64 * 2 ** 20}`, 'cache_size = -8192'];

/** Pages returned to the file system per transaction, 4 MiB. */
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

  /** Keeps marks of hosts with batches: a mark tells which of the batches are settled. */
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

const options = workerData as Partial<WorkerOptions> | null;
if (parentPort !== null && options?.batchQueuePath !== undefined) serve(parentPort, options.batchQueuePath);
