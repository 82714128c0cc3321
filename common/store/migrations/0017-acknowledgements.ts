/**
 * Acknowledgements: the current one in the row of its episode, every change in `acknowledgement_changes`; `link_secrets` has the
 * secret that signs the links in messages.
 */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { withId } from './with-id.ts';

export const acknowledgements: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('alert_history').addColumn('acknowledged_at', 'bigint').execute();
    for (const name of ['acknowledged_by', 'acknowledged_note'])
      await db.schema.alterTable('alert_history').addColumn(name, 'text').execute();
    await withId(db.schema.createTable('acknowledgement_changes'))
      .addColumn('episode_id', 'bigint', (column) =>
        column.notNull().references('alert_history.id').onDelete('cascade'),
      )
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('by', 'text', (column) => column.notNull())
      .addColumn('note', 'text')
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('acknowledgement_changes_episode')
      .on('acknowledgement_changes')
      .columns(['episode_id', 'id'])
      .execute();
    await db.schema
      .createTable('link_secrets')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('secret', 'text', (column) => column.notNull())
      .execute();
  },
};
