/** The primary key of tables whose rows have no natural key. */
import type { ColumnDefinitionBuilder, CreateTableBuilder } from 'kysely';

/**
 * Adds the primary key `id`, whose values are never reused. A plain rowid of SQLite starts again at 1 when the table is empty,
 * and a reader's cursor would then skip rows. On PostgreSQL it is a bigint identity (`postgres.ts` compiles it).
 */
export function withId<T extends string>(table: CreateTableBuilder<T>): CreateTableBuilder<T | 'id'> {
  return table.addColumn('id', 'integer', (column: ColumnDefinitionBuilder) => column.primaryKey().autoIncrement());
}
