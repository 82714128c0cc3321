/** `enrollment_tokens`: one-time tokens with which a new host fetches its API key. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const enrollmentTokens: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('enrollment_tokens')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
