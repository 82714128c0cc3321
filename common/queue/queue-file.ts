/** Opens a queue's SQLite file for one process: every commit is on disk before it returns, and a damaged file is told from a full disk. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface QueueFileSpec {
  readonly path: string;
  /** `PRAGMA user_version` of the tables below. A file of another version is damaged to this program. */
  readonly version: number;
  /** Creates the tables in an empty file. */
  readonly schema: string;
  /** How long to wait for another process to let go of the file; the event loop waits with it. */
  readonly busyTimeoutMs?: number;
}

/** The file is there and cannot be used: not SQLite, torn, or of another version. Nothing was changed. */
export class DamagedFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedFileError';
  }
}

/** "hpq1" in ASCII: tells our files from any other SQLite file. */
const applicationId = 0x68_70_71_31;

/** Bytes of write-ahead log kept on disk after a checkpoint; a checkpoint comes every 256 pages. */
const journalLimitBytes = 2 ** 20;

/**
 * Opens or creates (mode 0600, its folder 0700) the file. Throws a `DamagedFileError`, or SQLite's own error:
 * `isLocked` when another process has it, `isUnwritable` when the disk or the rights are at fault.
 */
export function openQueueFile(spec: QueueFileSpec): DatabaseSync {
  const { path, busyTimeoutMs = 5_000 } = spec;
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600)); // SQLite gives its -wal file the mode of this one
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    prepareFile(database, spec);
    return database;
  } catch (cause) {
    database.close();
    if (cause instanceof DamagedFileError || !isDamage(cause)) throw cause;
    throw new DamagedFileError(cause.message, { cause });
  }
}

function prepareFile(database: DatabaseSync, { version, schema }: QueueFileSpec): void {
  // An exclusive lock keeps a second process out and dies with this one; the index of the log is then memory, not a file.
  database.exec('pragma locking_mode = exclusive');
  // 256 KiB: a page is read once on its way out.
  database.exec('pragma cache_size = -256');
  const isEmpty = readNumber(database, 'schema_version') === 0;
  if (!isEmpty) checkFile(database, version);
  // Counts only before the first table.
  if (isEmpty) database.exec('pragma auto_vacuum = incremental');
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec(`pragma journal_size_limit = ${journalLimitBytes}`);
  database.exec('pragma wal_autocheckpoint = 256');
  if (isEmpty) createTables(database, { version, schema });
}

function checkFile(database: DatabaseSync, version: number): void {
  const [id, found] = [readNumber(database, 'application_id'), readNumber(database, 'user_version')];
  if (id !== applicationId) throw new DamagedFileError('it is a database of something else');
  if (found !== version) throw new DamagedFileError(`its tables are of version ${found}, expected ${version}`);
  const fault = database.prepare('pragma quick_check(1)').get()?.['quick_check'];
  if (fault !== 'ok') throw new DamagedFileError(String(fault));
}

/** All or nothing: a kill in the middle leaves an empty file. */
function createTables(
  database: DatabaseSync,
  { version, schema }: { readonly version: number; readonly schema: string },
): void {
  database.exec(
    `begin immediate; ${schema}; pragma application_id = ${applicationId}; pragma user_version = ${version}; commit`,
  );
}

/** The value of a numeric pragma. */
export function readNumber(database: DatabaseSync, pragma: string): number {
  const value = database.prepare(`pragma ${pragma}`).get()?.[pragma];
  if (typeof value !== 'number') throw new Error(`pragma ${pragma}: expected a number, got ${String(value)}`);
  return value;
}

/** Statements of one database by their text, each compiled once. */
export function preparer(database: DatabaseSync): (sql: string) => StatementSync {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
}

/** Runs `work` as one transaction; nothing of it stays when it throws. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate');
  try {
    const answer = work();
    database.exec('commit');
    return answer;
  } catch (error) {
    // SQLite has rolled back by itself after some errors, a full disk among them.
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

/** SQLite's primary result codes. Source: https://www.sqlite.org/rescode.html */
const codes = { busy: 5, locked: 6, readonly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 };

function hasCode(thrown: unknown, ...wanted: readonly number[]): thrown is Error {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return Error.isError(thrown) && typeof code === 'number' && wanted.includes(code & 0xff);
}

/** The file's contents are at fault. */
export function isDamage(thrown: unknown): thrown is Error {
  return thrown instanceof DamagedFileError || hasCode(thrown, codes.corrupt, codes.notADatabase);
}

/** Another process holds the file. */
export function isLocked(thrown: unknown): thrown is Error {
  return hasCode(thrown, codes.busy, codes.locked);
}

/** The disk is full, read-only or failing, or the rights are missing: what is in the file is as it was. */
export function isUnwritable(thrown: unknown): thrown is Error {
  if (hasCode(thrown, codes.readonly, codes.ioError, codes.full, codes.cannotOpen)) return true;
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  return (
    Error.isError(thrown) &&
    ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO', 'ENOTDIR', 'EEXIST'].includes(code ?? '')
  );
}
