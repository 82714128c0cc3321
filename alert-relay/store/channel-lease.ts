/** `channel_turns`: relays that share a database take turns at each channel, so that it has one sender at a time. */
import { isShared } from '../../common/store/dialect.ts';
import type { ChannelTurnsTable, Database } from '../../common/store/schema.ts';

/**
 * Runs `work` while no other relay's does on the channel; undefined, at once, while another's does. On PostgreSQL `work`
 * gets the transaction that locks the channel's row: what it writes counts once it ends well, and when its relay dies the
 * server lets the next one in. On SQLite there is one relay, and what it writes counts as it goes.
 */
export async function tryTurn<T extends object>(
  db: Database,
  channel: string,
  work: (turn: Database, notBeforeMs: number) => Promise<T>,
): Promise<T | undefined> {
  if (!isShared(db)) return work(db, (await tryRow(db, channel))?.not_before ?? 0);
  if ((await tryRow(db, channel)) === undefined) await addRow(db, channel);
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom('channel_turns')
      .select('not_before')
      .where('channel', '=', channel)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    return row === undefined ? undefined : work(transaction, row.not_before);
  });
}

/** Nothing is sent on the channel, by whichever relay, before that time. */
export async function restChannel(db: Database, channel: string, notBeforeMs: number): Promise<void> {
  const not_before = Math.ceil(notBeforeMs);
  await db
    .insertInto('channel_turns')
    .values({ channel, not_before })
    .onConflict((conflict) => conflict.column('channel').doUpdateSet({ not_before }))
    .execute();
}

function tryRow(db: Database, channel: string): Promise<ChannelTurnsTable | undefined> {
  return db.selectFrom('channel_turns').selectAll().where('channel', '=', channel).executeTakeFirst();
}

async function addRow(db: Database, channel: string): Promise<void> {
  await db
    .insertInto('channel_turns')
    .values({ channel, not_before: 0 })
    .onConflict((conflict) => conflict.column('channel').doNothing())
    .execute();
}
