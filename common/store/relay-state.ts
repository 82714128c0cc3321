/** `relay_state`: times that the relay must remember over a restart. */
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

/** Absent when it never happened. */
export async function tryRememberedTime(db: Database, name: RelayTime): Promise<number | undefined> {
  const row = await db.selectFrom('relay_state').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}
