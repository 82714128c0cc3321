/** When a channel may be sent to next, and the row that a relay locks while it sends. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const channelTurns: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('channel_turns')
      .addColumn('channel', 'text', (column) => column.primaryKey())
      .addColumn('not_before', 'bigint', (column) => column.notNull())
      .execute();
  },
};
