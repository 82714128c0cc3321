/** Opens the store: a SQLite file that survives kill -9, shared by the programs of one host, migrated before use. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { StartError } from '../program/program.ts';
import { createSqliteDialect } from './dialect.ts';
import { migrate } from './migrations/index.ts';
import type { Database, StoreSchema } from './schema.ts';

export interface Store {
  readonly db: Database;
  /**
   * A number that is another one once anybody else's connection has committed anything; undefined where the database does
   * not tell. Costs two microseconds.
   */
  changes(): number | undefined;
  /** Idempotent. */
  close(): Promise<void>;
}

/** How long a write waits for another one; the event loop waits with it, so writers must be brief. */
const defaultBusyTimeoutMs = 5_000;

/** Bytes that the write-ahead log keeps on disk after a checkpoint. */
const journalLimitBytes = 16 * 2 ** 20;

export interface StoreOptions {
  readonly path: string;
  /**
   * `commit`: a commit is on disk when it returns. `process`: it survives the end of the process, not that of the machine,
   * and waits for no disk: for what an event loop that serves others writes again and again.
   */
  readonly durability?: 'commit' | 'process';
  /**
   * How long a write waits for another one; then it fails, as `isBusy` tells. An event loop that serves others waits
   * briefly: whoever else writes may wait for a slow disk.
   */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens the SQLite file at `path`, creating it (mode 0600) and its folder where missing. Throws a `StartError` that
 * names the path; a file that is damaged or newer than this program is left as it is.
 */
export async function openStore({
  path,
  durability = 'commit',
  busyTimeoutMs = defaultBusyTimeoutMs,
}: StoreOptions): Promise<Store> {
  const database = openFile(path);
  const db = new Kysely<StoreSchema>({ dialect: createSqliteDialect(database) });
  try {
    await migrate(db);
  } catch (cause) {
    database.close();
    throw new StartError(`the database ${path} cannot be brought to this version's tables`, { cause });
  }
  // The log is written back to the file by whoever else commits: that waits for the disk as well.
  if (durability === 'process') database.exec('pragma synchronous = normal; pragma wal_autocheckpoint = 20000');
  database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
  // Source: https://www.sqlite.org/pragma.html#pragma_data_version
  const dataVersion = database.prepare('pragma data_version');
  let closing: Promise<void> | undefined;
  return { db, changes: () => dataVersion.get()?.['data_version'] as number, close: () => (closing ??= db.destroy()) };
}

/** Gives the pages that deleted rows left back to the file system. */
export async function releaseFreePages(db: Database): Promise<void> {
  await sql`pragma incremental_vacuum`.execute(db);
}

function openFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600)); // SQLite gives its -wal and -shm files the mode of this one
    database = new DatabaseSync(path, { timeout: defaultBusyTimeoutMs });
    // auto_vacuum counts only before the first table; synchronous=FULL makes a commit durable before it returns.
    for (const pragma of [
      'auto_vacuum = incremental',
      'journal_mode = wal',
      'synchronous = full',
      'foreign_keys = on',
      `journal_size_limit = ${journalLimitBytes}`,
    ])
      database.exec(`pragma ${pragma}`);
    return database;
  } catch (cause) {
    database?.close();
    throw new StartError(`cannot open the database ${path}`, { cause });
  }
}
