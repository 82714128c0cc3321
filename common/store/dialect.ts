/** The differences between SQLite and PostgreSQL that table functions need. */
import { PostgresAdapter, sql } from 'kysely';
import type { Database } from './schema.ts';

/** Returns whether programs on other machines may use the database: PostgreSQL. One program of each kind uses a SQLite file. */
export function isShared(db: Database): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Names of work that runs in one transaction at a time, across all programs that share the database. */
export type ExclusiveWork = 'alerts' | 'pushed_hosts' | 'repair_windows';

/**
 * Runs `work` in a transaction that reads and then writes; no other transaction of that name runs meanwhile. SQLite has one
 * writer at a time anyway; on PostgreSQL the transaction first takes an advisory lock, which ends with it.
 */
export function exclusively<T>(
  db: Database,
  name: ExclusiveWork,
  work: (transaction: Database) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    if (isShared(transaction))
      await sql`select pg_advisory_xact_lock(hashtextextended(${`hostpulse ${name}`}, 0))`.execute(transaction);
    return work(transaction);
  });
}

/** Returns the pages of deleted rows to the file system. PostgreSQL's autovacuum does so without a request. */
export async function releaseFreePages(db: Database): Promise<void> {
  if (!isShared(db)) await sql`pragma incremental_vacuum`.execute(db);
}
