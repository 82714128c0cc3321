/** `pushed_hosts`: the pushing hosts and their last pushes, over restarts and across gateways. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const pushedHosts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('pushed_hosts')
      .addColumn('host', 'text', (column) => column.primaryKey())
      .addColumn('last_push_at', 'bigint', (column) => column.notNull())
      .addColumn('last_sample_at', 'bigint', (column) => column.notNull())
      .addColumn('interval_ms', 'bigint', (column) => column.notNull())
      .addColumn('silent_since', 'bigint')
      .addColumn('forgotten_at', 'bigint')
      .execute();
  },
};
