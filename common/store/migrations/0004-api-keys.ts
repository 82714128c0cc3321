/** `api_keys`: the API keys of the gateway. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { withId } from './with-id.ts';

export const apiKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await withId(db.schema.createTable('api_keys'))
      .addColumn('key_id', 'text', (column) => column.notNull().unique())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('host', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .addColumn('last_used_at', 'bigint')
      .execute();
    // Names are unique among valid keys only, so that a rotated key keeps its name.
    await db.schema
      .createIndex('api_keys_name')
      .on('api_keys')
      .column('name')
      .unique()
      .where('revoked_at' as never, 'is', null)
      .execute();
  },
};
