/** `alert_history`: a row for each episode of an alert, from its first firing to its end. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { withId } from './with-id.ts';

export const alertHistory: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await withId(db.schema.createTable('alert_history'))
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('alertname', 'text', (column) => column.notNull())
      .addColumn('severity', 'text')
      .addColumn('host', 'text')
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('annotations', 'text', (column) => column.notNull())
      .addColumn('receiver', 'text', (column) => column.notNull())
      .addColumn('generator_url', 'text')
      .addColumn('external_url', 'text')
      .addColumn('starts_at', 'bigint', (column) => column.notNull())
      .addColumn('opened_at', 'bigint', (column) => column.notNull())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .addColumn('ends_at', 'bigint')
      .addColumn('closed_at', 'bigint')
      .addColumn('resolution', 'text')
      .addColumn('refired_at', 'bigint')
      .addColumn('value_at_resolve', 'double precision')
      .execute();
    // Two relays that get the same firing at once cannot both open an episode.
    await db.schema
      .createIndex('alert_history_open')
      .on('alert_history')
      .column('fingerprint')
      .unique()
      .where('closed_at' as never, 'is', null)
      .execute();
    await db.schema
      .createIndex('alert_history_fingerprint')
      .on('alert_history')
      .columns(['fingerprint', 'id'])
      .execute();
    await db.schema
      .createIndex('alert_history_refired')
      .on('alert_history')
      .column('refired_at')
      .where('refired_at' as never, 'is not', null)
      .execute();
    await db.schema.createIndex('alert_history_opened').on('alert_history').columns(['opened_at', 'id']).execute();
  },
};
