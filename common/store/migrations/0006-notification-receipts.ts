/** `notifications.receipt`: the channel's id of a delivered message, so that later messages can reply to it or edit it. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const notificationReceipts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('notifications').addColumn('receipt', 'text').execute();
    await db.schema
      .createIndex('notifications_receipt')
      .on('notifications')
      .columns(['channel', 'receipt'])
      .where('receipt' as never, 'is not', null)
      .execute();
  },
};
