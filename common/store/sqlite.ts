/** SQLite through `node:sqlite`, for the programs of one host. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
  sql,
} from 'kysely';
import { isShared } from './leases.ts';
import type { Database } from './schema.ts';

/** How long a write waits for another writer. The event loop is blocked meanwhile, so transactions must be short. */
const defaultBusyTimeoutMs = 5_000;

/** The size to which the write-ahead log is truncated after a checkpoint. */
const journalLimitBytes = 16 * 2 ** 20;

/** Opens the file; creates the file (mode 0600) and its folder if missing. */
export function openSqliteFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600)); // SQLite gives the -wal and -shm files the mode of this file
  const database = new DatabaseSync(path, { timeout: defaultBusyTimeoutMs });
  try {
    // auto_vacuum has an effect only before the first table; with synchronous=FULL a commit is durable when it returns.
    for (const pragma of [
      'auto_vacuum = incremental',
      'journal_mode = wal',
      'synchronous = full',
      'foreign_keys = on',
      `journal_size_limit = ${journalLimitBytes}`,
    ])
      database.exec(`pragma ${pragma}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Sets that a commit survives the end of the process, but not of the machine, and does not wait for the disk. */
export function commitForProcess(database: DatabaseSync): void {
  // Leave checkpoints to the other connections, because a checkpoint waits for the disk too.
  database.exec('pragma synchronous = normal; pragma wal_autocheckpoint = 20000');
}

/** Sets how long a write waits for another writer before it fails as busy. */
export function waitForWriters(database: DatabaseSync, busyTimeoutMs: number): void {
  database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
}

/** Returns a function whose result changes when another connection commits. Source: https://www.sqlite.org/pragma.html#pragma_data_version */
export function createChangeCounter(database: DatabaseSync): () => number {
  const statement = database.prepare('pragma data_version');
  return () => statement.get()?.['data_version'] as number;
}

/** Returns a dialect over an open database. Kysely's `destroy` closes the database. */
export function createSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createDriver: () => new ImmediateDriver({ database: adapt(database) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** Takes the write lock when a transaction begins: a transaction that reads before it writes could otherwise fail as busy halfway. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** SQLite rolls back DDL. Because a transaction takes the write lock first, programs that migrate at once do so one by one. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** More than the number of distinct statements in the programs. Beyond it, the oldest statement is prepared again. */
const cachedStatements = 200;

function adapt(database: DatabaseSync): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = cache.get(sql);
      if (known !== undefined) return known;
      const statement = adaptStatement(database.prepare(sql));
      const [oldest] = cache.keys();
      if (cache.size >= cachedStatements && oldest !== undefined) cache.delete(oldest);
      cache.set(sql, statement);
      return statement;
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    get reader() {
      return statement.columns().length > 0;
    },
    all: (parameters) => statement.all(...parameters.map(bindable)),
    run: (parameters) => statement.run(...parameters.map(bindable)),
    iterate: (parameters) => statement.iterate(...parameters.map(bindable)),
  };
}

/** `node:sqlite` refuses booleans. */
function bindable(value: unknown): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value as SQLInputValue);
}

/** Returns the pages of deleted rows to the file system. PostgreSQL's autovacuum does so without a request. */
export async function releaseFreePages(db: Database): Promise<void> {
  if (!isShared(db)) await sql`pragma incremental_vacuum`.execute(db);
}

/** SQLITE_BUSY. Source: https://www.sqlite.org/rescode.html#busy */
const busyCode = 5;

/** SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN. */
const unwritableCodes: readonly number[] = [8, 10, 13, 14];

/** Returns whether the disk of the database is full, read-only or fails. */
export function isUnwritable(thrown: unknown): boolean {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && unwritableCodes.includes(code & 0xff);
}

/** Returns whether a statement failed because another connection was writing; the statement can be repeated unchanged. */
export function isBusy(thrown: unknown): boolean {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && (code & 0xff) === busyCode;
}
