/** Opens the store and migrates it: a SQLite file, or a PostgreSQL database that several machines share. */
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
   * Returns a number that changes when another connection commits; undefined on PostgreSQL, which has no such counter. Takes
   * two microseconds.
   */
  changes(): number | undefined;
  /** Idempotent. */
  close(): Promise<void>;
}

/** The location of the store. */
export interface StoreLocation {
  /** The SQLite file; ignored when there is a URL. */
  readonly path: string;
  /** `postgres://user:password@host:5432/database`. */
  readonly url?: Secret | undefined;
}

export interface StoreOptions extends StoreLocation {
  /**
   * `commit`: a commit is on disk when it returns. `process`: a commit survives the end of the process but not of the machine,
   * and does not wait for the disk; for frequent writes from an event loop that also serves requests.
   */
  readonly durability?: 'commit' | 'process';
  /**
   * How long a write to SQLite waits for another writer before it fails with an error for which `isBusy` is true. Keep it short
   * on an event loop that serves requests: the other writer may be waiting for a slow disk.
   */
  readonly busyTimeoutMs?: number;
}

/** PostgreSQL connections of one program. */
const maxConnections = 8;

/** Limits of a PostgreSQL session. A client that disappears without closing its connection is detected within half a minute. */
const sessionLimits = {
  statement_timeout: '30s',
  idle_in_transaction_session_timeout: '30s',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
};

/**
 * Opens the database and migrates it to the newest tables. Throws a `StartError` that names the location; a database that is
 * damaged or newer than this program is not changed.
 */
export async function openStore({ path, url, ...options }: StoreOptions): Promise<Store> {
  return url === undefined ? openSqlite(path, options) : openPostgres(url, options);
}

/** Opens a store that must exist: a file created at a wrong path would look like an empty store. Throws as `openStore` does. */
export async function openExistingStore({ path, url }: StoreLocation): Promise<Store> {
  if (url === undefined && !existsSync(path))
    throw new Error(`there is no database at ${path}; set --config.file, --database.path or --data-dir`);
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
    throw new StartError(`cannot migrate the database ${path}`, { cause });
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
  // SQLite accepts an empty list in `in ()`; PostgreSQL does not.
  const plugins = [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })];
  return asStore(new Kysely<StoreSchema>({ dialect, plugins }), () => undefined);
}

/** Uses a separate connection without a statement timeout: a migration may take longer than any other statement. */
async function migratePostgres(url: Secret): Promise<void> {
  const dialect = await createPostgresDialect({ url, maxConnections: 1, session: { statement_timeout: '0' } });
  const db = new Kysely<StoreSchema>({ dialect });
  try {
    await migrate(db);
  } catch (cause) {
    const place = describePostgres(url);
    throw new StartError(`cannot reach or migrate the database ${place}`, { cause });
  } finally {
    await db.destroy();
  }
}

function asStore(db: Database, changes: Store['changes']): Store {
  let closing: Promise<void> | undefined;
  return { db, changes, close: () => (closing ??= db.destroy()) };
}
