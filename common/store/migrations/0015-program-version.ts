/** `program_version`: the newest version of hostpulse that used the database, for the error of an older one. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const programVersion: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('program_version')
      .addColumn('version', 'text', (column) => column.notNull())
      .execute();
  },
};
