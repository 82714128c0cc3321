/**
 * Replaces the row lock of `channel_turns` by a lease with a fencing token. Relays of the previous version that are still
 * running cannot send after this migration; they queue alerts until they are restarted.
 */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const channelLeases: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('channel_turns').renameTo('channel_leases').execute();
    await db.schema.alterTable('channel_leases').addColumn('holder', 'text').execute();
    for (const name of ['token', 'expires_at'])
      await db.schema
        .alterTable('channel_leases')
        .addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0))
        .execute();
  },
};
