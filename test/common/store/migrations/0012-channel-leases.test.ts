/** The migration from row locks to leases keeps the pauses of the channels. */
import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { withChannelLease } from '../../../../alert-relay/store/outbox.ts';
import { openStore } from '../../../../common/store/open.ts';
import { databases, useDatabase } from '../../../support/databases.ts';

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);

  test('a pause that was recorded before the migration still applies', async () => {
    const location = await database.create();
    const before = await openStore(location);
    await sql`drop table channel_leases`.execute(before.db);
    await sql`create table channel_turns (channel text primary key, not_before bigint not null)`.execute(before.db);
    await sql`insert into channel_turns (channel, not_before) values ('ops', 1800000000001)`.execute(before.db);
    for (const column of ['labels', 'last_up_at'])
      await sql`alter table pushed_hosts drop column ${sql.raw(column)}`.execute(before.db); // migration 0013
    for (const column of ['acknowledged_at', 'acknowledged_by', 'acknowledged_note'])
      await sql`alter table alert_history drop column ${sql.raw(column)}`.execute(before.db); // migration 0017
    for (const table of [
      'enrollment_tokens',
      'program_version',
      'top_records',
      'acknowledgement_changes',
      'link_secrets',
      'escalation_steps',
    ])
      await sql`drop table ${sql.table(table)}`.execute(before.db); // migrations 0014 to 0018
    await sql`delete from kysely_migration where name >= '0012-channel-leases'`.execute(before.db);
    await before.close();

    const after = await openStore(location);
    try {
      expect(await after.db.selectFrom('channel_leases').selectAll().execute()).toEqual([
        { channel: 'ops', holder: null, token: 0, expires_at: 0, not_before: 1_800_000_000_001 },
      ]);
      const lease = { db: after.db, channel: 'ops', lifetimeMs: 1_000, onFault: () => undefined };
      expect(await withChannelLease(lease, ({ notBeforeMs }) => Promise.resolve(notBeforeMs))).toBe(1_800_000_000_001);
    } finally {
      await after.close();
    }
  });
});
