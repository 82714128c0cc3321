/** `escalation_steps`: the steps of an episode's escalation, each with the time when it is due. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { withId } from './with-id.ts';

export const escalationSteps: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await withId(db.schema.createTable('escalation_steps'))
      .addColumn('episode_id', 'bigint', (column) =>
        column.notNull().references('alert_history.id').onDelete('cascade'),
      )
      .addColumn('step', 'integer', (column) => column.notNull())
      .addColumn('after_ms', 'bigint', (column) => column.notNull())
      .addColumn('channels', 'text', (column) => column.notNull())
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addColumn('taken_at', 'bigint')
      .addColumn('notified', 'text')
      .execute();
    await db.schema
      .createIndex('escalation_steps_episode')
      .on('escalation_steps')
      .columns(['episode_id', 'step'])
      .unique()
      .execute();
    await db.schema
      .createIndex('escalation_steps_due')
      .on('escalation_steps')
      .column('due_at')
      .where('taken_at' as never, 'is', null)
      .execute();
  },
};
