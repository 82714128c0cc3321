/** `relay_state`: times that the relay remembers over a restart. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const relayState: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('relay_state')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'bigint', (column) => column.notNull())
      .execute();
  },
};
