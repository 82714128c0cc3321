/** `tier_state`: times that repair and retention remember over a restart. */
import type { Database } from '../../../common/store/schema.ts';

export type TierTime =
  /** The end of the last successful run; before the first run, the time at which the job was set up. */
  | 'last_success'
  /** Raw samples from before this time may have been deleted. */
  | 'raw_deleted_until';

/** Sets the time unless a later one is stored. */
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

/** Returns the time in epoch milliseconds, or undefined where none is stored. */
export async function tryTierTime(db: Database, name: TierTime): Promise<number | undefined> {
  const row = await db.selectFrom('tier_state').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

export interface RawRetention {
  readonly nowMs: number;
  /** How long raw samples are kept at least, for a database that has no deletion on record. */
  readonly keepRawMs: number;
}

/**
 * Returns the time from which raw samples are complete. Before the raw horizon, a recomputed point could consist of a few late
 * samples that arrived after the deletion, so such points are added but never replaced.
 */
export async function readRawHorizon(db: Database, { nowMs, keepRawMs }: RawRetention): Promise<number> {
  return (await tryTierTime(db, 'raw_deleted_until')) ?? nowMs - keepRawMs;
}

/** The raw horizon of a backend that cannot delete points: no point is replaced. */
export const replaceNothing = Number.MAX_SAFE_INTEGER;
