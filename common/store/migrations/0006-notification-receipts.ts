/** Where a delivered message stands in its channel, so that what follows can be threaded under it or change it. */
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
