/** What differs between the databases, for tables and migrations: each function says what each of the two does. */
import { type ColumnDefinitionBuilder, type CreateTableBuilder, PostgresAdapter, sql } from 'kysely';
import type { Database } from './schema.ts';

/**
 * Adds the primary key `id`, never given twice. On SQLite a plain rowid starts again at 1 once the table is empty, so
 * that a reader's cursor would skip rows. On PostgreSQL it is a bigint identity (`postgres.ts` spells it).
 */
export function withId<T extends string>(table: CreateTableBuilder<T>): CreateTableBuilder<T | 'id'> {
  return table.addColumn('id', 'integer', (column: ColumnDefinitionBuilder) => column.primaryKey().autoIncrement());
}

/** Whether programs of other machines may use the database: PostgreSQL. A SQLite file belongs to one of each program. */
export function isShared(db: Database): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Work of which one transaction at a time may be under way, whoever shares the database. */
export type ExclusiveWork = 'alerts' | 'pushed_hosts' | 'repair_windows';

/**
 * A transaction that reads and then writes, with nobody's work of that name in between. SQLite's transactions exclude one
 * another anyhow; on PostgreSQL a lock is taken first, which ends with the transaction.
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

/** Gives the pages that deleted rows left back to the file system; PostgreSQL's autovacuum does so by itself. */
export async function releaseFreePages(db: Database): Promise<void> {
  if (!isShared(db)) await sql`pragma incremental_vacuum`.execute(db);
}
