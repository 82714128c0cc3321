/** Opens a queue's SQLite file for one process, with every commit fsynced, and classifies errors: damage, lock, disk. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface QueueFileSpec {
  readonly path: string;
  /** `PRAGMA user_version` of the tables. A file with a different version counts as damaged. */
  readonly version: number;
  /** Creates the tables in an empty file. */
  readonly schema: string;
  /** How long to wait for another process to release the file. The wait blocks the event loop. */
  readonly busyTimeoutMs?: number;
}

/** The file exists but is not SQLite, is corrupt, or has a different version. It was not changed. */
export class DamagedFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedFileError';
  }
}

/** "hpq1" in ASCII: distinguishes queue files from other SQLite files. */
const applicationId = 0x68_70_71_31;

/** The size of the write-ahead log after a checkpoint. */
const journalLimitBytes = 2 ** 20;

/**
 * Opens the file, or creates it with mode 0600 in a folder with mode 0700. Throws a `DamagedFileError`, or an error of SQLite or
 * the file system: `isLocked` when another process holds the file, `isUnwritable` when disk or permissions are at fault.
 */
export function openQueueFile(spec: QueueFileSpec): DatabaseSync {
  const { path, busyTimeoutMs = 5_000 } = spec;
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600)); // SQLite copies the mode to its -wal file
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
  // The exclusive lock keeps other processes out and ends with this one. The index of the log is then in memory, without a file.
  database.exec('pragma locking_mode = exclusive');
  // 256 KiB: a page is read once.
  database.exec('pragma cache_size = -256');
  const isEmpty = readNumber(database, 'schema_version') === 0;
  if (!isEmpty) checkFile(database, version);
  // Has no effect after the first table.
  if (isEmpty) database.exec('pragma auto_vacuum = incremental');
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec(`pragma journal_size_limit = ${journalLimitBytes}`);
  database.exec('pragma wal_autocheckpoint = 256');
  if (isEmpty) createTables(database, { version, schema });
}

function checkFile(database: DatabaseSync, version: number): void {
  const [id, found] = [readNumber(database, 'application_id'), readNumber(database, 'user_version')];
  if (id !== applicationId) throw new DamagedFileError('the database belongs to another program');
  if (found !== version) throw new DamagedFileError(`version of the tables: expected ${version}, got ${found}`);
  const fault = database.prepare('pragma quick_check(1)').get()?.['quick_check'];
  if (fault !== 'ok') throw new DamagedFileError(String(fault));
}

/** Creates the tables in one transaction: if the process dies here, the file stays empty. */
function createTables(
  database: DatabaseSync,
  { version, schema }: { readonly version: number; readonly schema: string },
): void {
  database.exec(
    `begin immediate; ${schema}; pragma application_id = ${applicationId}; pragma user_version = ${version}; commit`,
  );
}

/** Returns the value of a numeric pragma. */
export function readNumber(database: DatabaseSync, pragma: string): number {
  const value = database.prepare(`pragma ${pragma}`).get()?.[pragma];
  if (typeof value !== 'number') throw new Error(`pragma ${pragma}: expected a number, got ${String(value)}`);
  return value;
}

/** Returns a function that compiles each statement once. */
export function preparer(database: DatabaseSync): (sql: string) => StatementSync {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
}

/** Runs `work` in a transaction and rolls back when it throws. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (error) {
    // SQLite rolls back itself after some errors, such as a full disk.
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

/** Returns whether the file's contents are at fault. */
export function isDamage(thrown: unknown): thrown is Error {
  return thrown instanceof DamagedFileError || hasCode(thrown, codes.corrupt, codes.notADatabase);
}

/** Returns whether another process holds the file. */
export function isLocked(thrown: unknown): thrown is Error {
  return hasCode(thrown, codes.busy, codes.locked);
}

/** Returns whether the disk is full, read-only or failing, or permissions are missing. The file's contents are unchanged. */
export function isUnwritable(thrown: unknown): thrown is Error {
  if (hasCode(thrown, codes.readonly, codes.ioError, codes.full, codes.cannotOpen)) return true;
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  return (
    Error.isError(thrown) &&
    ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO', 'ENOTDIR', 'EEXIST'].includes(code ?? '')
  );
}
