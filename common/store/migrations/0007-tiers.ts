/** `repair_windows`, `tier_state` and `leases`: rollups to repair, times of the retention job, and leases. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { withId } from './with-id.ts';

export const tiers: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await withId(db.schema.createTable('repair_windows'))
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('tier', 'text', (column) => column.notNull())
      .addColumn('from_ms', 'bigint', (column) => column.notNull())
      .addColumn('to_ms', 'bigint', (column) => column.notNull())
      .addColumn('stored_at', 'bigint', (column) => column.notNull())
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('repair_windows_due').on('repair_windows').columns(['due_at', 'id']).execute();
    await db.schema.createIndex('repair_windows_host').on('repair_windows').columns(['host', 'tier']).execute();
    await db.schema
      .createTable('tier_state')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('leases')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
