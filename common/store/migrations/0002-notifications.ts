/** `notifications`: messages to channels. Pending rows are the outbox, settled rows the delivery record. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { withId } from './with-id.ts';

export const notifications: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await withId(db.schema.createTable('notifications'))
      .addColumn('episode_id', 'bigint', (column) =>
        column.notNull().references('alert_history.id').onDelete('cascade'),
      )
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('settled_at', 'bigint')
      .addColumn('reason', 'text')
      .execute();
    // A message is pending at most once; adding it again is a no-op.
    await db.schema
      .createIndex('notifications_pending')
      .on('notifications')
      .columns(['episode_id', 'channel', 'status'])
      .unique()
      .where('state' as never, '=', 'pending')
      .execute();
    await db.schema
      .createIndex('notifications_due')
      .on('notifications')
      .columns(['channel', 'next_attempt_at', 'id'])
      .where('state' as never, '=', 'pending')
      .execute();
    await db.schema.createIndex('notifications_episode').on('notifications').columns(['episode_id', 'id']).execute();
  },
};
