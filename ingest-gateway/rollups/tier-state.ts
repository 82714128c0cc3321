/** `tier_state`: times that the retention job must remember over a restart. */
import type { Database } from '../../common/store/schema.ts';

export type TierTime =
  /** When the last run ended well; before the first, when the job was first set up. */
  | 'last_success'
  /** Raw samples from before may have been deleted. */
  | 'raw_deleted_until';

/** Never moves back. */
export async function advanceTierTime(
  db: Database,
  { name, timeMs }: { readonly name: TierTime; readonly timeMs: number },
): Promise<void> {
  await db
    .insertInto('tier_state')
    .values({ name, value: timeMs })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ value: timeMs }).where('tier_state.value', '<', timeMs),
    )
    .execute();
}

/** Absent when it never happened. */
export async function tryTierTime(db: Database, name: TierTime): Promise<number | undefined> {
  const row = await db.selectFrom('tier_state').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}
