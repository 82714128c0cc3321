/** `relay_channels`: the names of the relay's channels, for the editor of alert rules. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const relayChannels: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('relay_channels')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .execute();
  },
};
