/** `top_records`: the busiest processes of each host, a row for each minute of the last 48 hours. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const topRecords: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('top_records')
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('to_at', 'bigint', (column) => column.notNull())
      .addColumn('from_at', 'bigint', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('processes', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('top_records_key', ['host', 'to_at'])
      .execute();
    // Sizes are read from the index alone.
    await db.schema.createIndex('top_records_size').on('top_records').columns(['host', 'bytes']).execute();
  },
};
