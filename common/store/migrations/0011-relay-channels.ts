/** The names of the relay's channels, for whoever makes rules that name them. */
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
