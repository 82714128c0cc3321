/** `relay_state` and `relay_channels`: times that the relay keeps over a restart, and the channels it has. */
import type { Database } from './schema.ts';

export type RelayTime = 'last_webhook' | 'last_watchdog' | 'channels_read';

export async function rememberTime(
  db: Database,
  { name, timeMs }: { readonly name: RelayTime; readonly timeMs: number },
): Promise<void> {
  await db
    .insertInto('relay_state')
    .values({ name, value: timeMs })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: timeMs }))
    .execute();
}

/** Returns undefined if the event never happened. */
export async function tryRememberedTime(db: Database, name: RelayTime): Promise<number | undefined> {
  const row = await db.selectFrom('relay_state').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

/** Replaces the list of channels by those of the relay that was started or reloaded last. Only relays call it. */
export async function rememberChannels(
  db: Database,
  { names, nowMs }: { readonly names: readonly string[]; readonly nowMs: number },
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('relay_channels').execute();
    if (names.length > 0)
      await transaction
        .insertInto('relay_channels')
        .values(names.map((name) => ({ name })))
        .onConflict((conflict) => conflict.column('name').doNothing()) // another relay starts at the same time
        .execute();
    await rememberTime(transaction, { name: 'channels_read', timeMs: nowMs });
  });
}

/** Returns the channels sorted by name; undefined if no relay ever used this database. */
export async function tryRelayChannels(db: Database): Promise<readonly string[] | undefined> {
  if ((await tryRememberedTime(db, 'channels_read')) === undefined) return undefined;
  const rows = await db.selectFrom('relay_channels').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}
