/** `relay_channels`: what the relay that started or was reloaded last has for channels. Only relays write it. */
import { rememberTime, tryRememberedTime } from './relay-state.ts';
import type { Database } from './schema.ts';

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
        .onConflict((conflict) => conflict.column('name').doNothing()) // of a relay that starts at the same time
        .execute();
    await rememberTime(transaction, { name: 'channels_read', timeMs: nowMs });
  });
}

/** By name; undefined where no relay ever ran over this database. */
export async function tryRelayChannels(db: Database): Promise<readonly string[] | undefined> {
  if ((await tryRememberedTime(db, 'channels_read')) === undefined) return undefined;
  const rows = await db.selectFrom('relay_channels').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}
