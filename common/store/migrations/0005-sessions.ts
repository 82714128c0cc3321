/** `login_tokens` and `sessions`: one-time login links and the console's sessions. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const sessions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('login_tokens')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('sessions')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.references('api_keys.key_id').onDelete('cascade'))
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
