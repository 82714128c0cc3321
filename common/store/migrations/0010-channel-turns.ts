/** `channel_turns`: the earliest time of each channel's next message; a relay locks the row while it sends. */
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
