/** SQLite: one file for the programs of one host, over `node:sqlite`. */
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
} from 'kysely';

/** How long a write waits for another one; the event loop waits with it, so writers must be brief. */
const defaultBusyTimeoutMs = 5_000;

/** Bytes that the write-ahead log keeps on disk after a checkpoint. */
const journalLimitBytes = 16 * 2 ** 20;

/** Opens the file, creating it (mode 0600) and its folder where missing. */
export function openSqliteFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600)); // SQLite gives its -wal and -shm files the mode of this one
  const database = new DatabaseSync(path, { timeout: defaultBusyTimeoutMs });
  try {
    // auto_vacuum counts only before the first table; synchronous=FULL makes a commit durable before it returns.
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

/** From now on a commit survives the end of the process, and waits for no disk. */
export function commitForProcess(database: DatabaseSync): void {
  // The log is written back to the file by whoever else commits: that waits for the disk as well.
  database.exec('pragma synchronous = normal; pragma wal_autocheckpoint = 20000');
}

/** From now on a write waits so long for another one, then fails as busy. */
export function waitForWriters(database: DatabaseSync, busyTimeoutMs: number): void {
  database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
}

/** Answers another number once another connection has committed. Source: https://www.sqlite.org/pragma.html#pragma_data_version */
export function createChangeCounter(database: DatabaseSync): () => number {
  const statement = database.prepare('pragma data_version');
  return () => statement.get()?.['data_version'] as number;
}

/** Kysely over an open database, which it closes when it is destroyed. */
export function createSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createDriver: () => new ImmediateDriver({ database: adapt(database) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** A transaction takes the write lock at its start: one that reads first and writes later could fail as busy halfway. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** SQLite rolls back DDL; with the lock taken at the start, two programs that migrate at once do so one after the other. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** More different statements than the programs have; the oldest is prepared again when it comes back. */
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
