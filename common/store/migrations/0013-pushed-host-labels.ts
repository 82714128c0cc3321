/** `pushed_hosts`: the labels that every series of a host carries, and when its sender last sent the host's `up`. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const pushedHostLabels: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('pushed_hosts').addColumn('labels', 'text').execute();
    await db.schema.alterTable('pushed_hosts').addColumn('last_up_at', 'bigint').execute();
  },
};
