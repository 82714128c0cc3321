/** `alert_rules` and `rule_file_owner`: alert rules created by the API, and the database's id in their files. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { withId } from './with-id.ts';

export const alertRules: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await withId(db.schema.createTable('alert_rules'))
      .addColumn('rule_id', 'text', (column) => column.notNull().unique())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('definition', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_by', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('rule_file_owner')
      .addColumn('owner', 'text', (column) => column.primaryKey())
      .execute();
    await (db as Kysely<{ rule_file_owner: { owner: string } }>)
      .insertInto('rule_file_owner')
      .values({ owner: randomUUID() })
      .execute();
  },
};
