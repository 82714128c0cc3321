/** `leases`: work that one program at a time may do, whoever shares the database. A holder that died loses it by time. */
import type { Database } from './schema.ts';

export interface LeaseClaim {
  readonly name: string;
  readonly holder: string;
  readonly lifetimeMs: number;
  readonly nowMs: number;
}

/** Takes the lease or extends it; false while another holder's has not run out. */
export async function claimLease(db: Database, { name, holder, lifetimeMs, nowMs }: LeaseClaim): Promise<boolean> {
  const row = await db
    .insertInto('leases')
    .values({ name, holder, expires_at: nowMs + lifetimeMs })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, expires_at: nowMs + lifetimeMs })
        .where((where) => where.or([where('leases.holder', '=', holder), where('leases.expires_at', '<=', nowMs)])),
    )
    .returning('holder')
    .executeTakeFirst();
  return row?.holder === holder;
}

/** Gives it up, if it is still the holder's. */
export async function releaseLease(db: Database, { name, holder }: Pick<LeaseClaim, 'name' | 'holder'>): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
}
