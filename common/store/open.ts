/** Opens the store, migrated before use: a SQLite file that survives kill -9, or a PostgreSQL that machines share. */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { HandleEmptyInListsPlugin, Kysely, replaceWithNoncontingentExpression } from 'kysely';
import { StartError } from '../program/program.ts';
import type { Secret } from '../program/settings/secret.ts';
import { migrate } from './migrations/index.ts';
import { createPostgresDialect, describePostgres } from './postgres.ts';
import type { Database, StoreSchema } from './schema.ts';
import {
  commitForProcess,
  createChangeCounter,
  createSqliteDialect,
  openSqliteFile,
  waitForWriters,
} from './sqlite.ts';

export interface Store {
  readonly db: Database;
  /**
   * A number that is another one once anybody else's connection has committed anything; undefined on PostgreSQL, which does
   * not tell. Costs two microseconds.
   */
  changes(): number | undefined;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Where the store is. */
export interface StoreLocation {
  /** Of the SQLite file; unused where there is a URL. */
  readonly path: string;
  /** `postgres://user:password@host:5432/database`. */
  readonly url?: Secret | undefined;
}

export interface StoreOptions extends StoreLocation {
  /**
   * `commit`: a commit is on disk when it returns. `process`: it survives the end of the process, not that of the machine,
   * and waits for no disk: for what an event loop that serves others writes again and again.
   */
  readonly durability?: 'commit' | 'process';
  /**
   * How long a write to SQLite waits for another one; then it fails, as `isBusy` tells. An event loop that serves others waits
   * briefly: whoever else writes may wait for a slow disk.
   */
  readonly busyTimeoutMs?: number;
}

/** PostgreSQL connections of one program. */
const maxConnections = 8;

/** What a session may not exceed. A client that vanished without a word is noticed within half a minute. */
const sessionLimits = {
  statement_timeout: '30s',
  idle_in_transaction_session_timeout: '5min',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
};

/**
 * Opens the database and brings it to the newest tables. Throws a `StartError` that names the place; one that is damaged
 * or newer than this program is left as it is.
 */
export async function openStore({ path, url, ...options }: StoreOptions): Promise<Store> {
  return url === undefined ? openSqlite(path, options) : openPostgres(url, options);
}

/** The same, of a file that must be there: a wrong path would look like a store with nothing in it. */
export async function openExistingStore({ path, url }: StoreLocation): Promise<Store> {
  if (url === undefined && !existsSync(path))
    throw new Error(`there is no database at ${path}; give --config.file, --database.path or --data-dir`);
  return openStore({ path, url });
}

async function openSqlite(path: string, { durability, busyTimeoutMs }: Omit<StoreOptions, 'path'>): Promise<Store> {
  let database: DatabaseSync;
  try {
    database = openSqliteFile(path);
  } catch (cause) {
    throw new StartError(`cannot open the database ${path}`, { cause });
  }
  const db = new Kysely<StoreSchema>({ dialect: createSqliteDialect(database) });
  try {
    await migrate(db);
  } catch (cause) {
    database.close();
    throw new StartError(`the database ${path} cannot be brought to this version's tables`, { cause });
  }
  if (durability === 'process') commitForProcess(database);
  if (busyTimeoutMs !== undefined) waitForWriters(database, busyTimeoutMs);
  return asStore(db, createChangeCounter(database));
}

async function openPostgres(url: Secret, { durability }: Omit<StoreOptions, 'path'>): Promise<Store> {
  await migratePostgres(url);
  const dialect = await createPostgresDialect({
    url,
    maxConnections,
    queryTimeoutMs: 35_000,
    session: durability === 'process' ? { ...sessionLimits, synchronous_commit: 'off' } : sessionLimits,
  });
  // SQL has no empty list; SQLite takes one, and means none.
  const plugins = [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })];
  return asStore(new Kysely<StoreSchema>({ dialect, plugins }), () => undefined);
}

/** By a connection of its own, as a migration may take longer than any other statement. */
async function migratePostgres(url: Secret): Promise<void> {
  const dialect = await createPostgresDialect({ url, maxConnections: 1, session: { statement_timeout: '0' } });
  const db = new Kysely<StoreSchema>({ dialect });
  try {
    await migrate(db);
  } catch (cause) {
    const place = describePostgres(url);
    throw new StartError(`the database ${place} cannot be reached, or not be brought to this version's tables`, {
      cause,
    });
  } finally {
    await db.destroy();
  }
}

function asStore(db: Database, changes: Store['changes']): Store {
  let closing: Promise<void> | undefined;
  return { db, changes, close: () => (closing ??= db.destroy()) };
}
