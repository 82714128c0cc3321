/** `repair_windows`: where samples came too late for the recording rules, until the rollups were recomputed. */
import type { RecordedTierName } from '../../../common/catalogue/tiers.ts';
import { exclusively } from '../../../common/store/dialect.ts';
import type { Database } from '../../../common/store/schema.ts';

export interface LateSamples {
  readonly host: string;
  readonly tier: RecordedTierName;
  readonly fromMs: number;
  readonly toMs: number;
  readonly storedMs: number;
  readonly dueMs: number;
}

export interface PendingWindow extends LateSamples {
  readonly id: number;
  readonly attempts: number;
}

/** Windows of a host closer than this become one. */
const joinMs = 600_000;

/** Adds a window; those of the same host and tier that touch it become one with it, due when the new one is. */
export async function addRepairWindow(db: Database, late: LateSamples): Promise<void> {
  await exclusively(db, 'repair_windows', async (transaction) => {
    const touching = await transaction
      .selectFrom('repair_windows')
      .select(['id', 'from_ms', 'to_ms'])
      .where('host', '=', late.host)
      .where('tier', '=', late.tier)
      .where('from_ms', '<=', late.toMs + joinMs)
      .where('to_ms', '>=', late.fromMs - joinMs)
      .execute();
    const ids = touching.map(({ id }) => id);
    if (ids.length > 0) await transaction.deleteFrom('repair_windows').where('id', 'in', ids).execute();
    await transaction
      .insertInto('repair_windows')
      .values({
        host: late.host,
        tier: late.tier,
        from_ms: Math.min(late.fromMs, ...touching.map(({ from_ms }) => from_ms)),
        to_ms: Math.max(late.toMs, ...touching.map(({ to_ms }) => to_ms)),
        stored_at: late.storedMs,
        due_at: late.dueMs,
        attempts: 0,
      })
      .execute();
  });
}

/** Several, one after the other: what was added before one that fails stays. */
export async function addRepairWindows(db: Database, windows: readonly LateSamples[]): Promise<void> {
  for (const window of windows) await addRepairWindow(db, window);
}

/** The window that has been due longest. */
export async function tryDueRepairWindow(db: Database, nowMs: number): Promise<PendingWindow | undefined> {
  const row = await db
    .selectFrom('repair_windows')
    .selectAll()
    .where('due_at', '<=', nowMs)
    .orderBy('due_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { id, host, tier, attempts } = row;
  return { id, host, tier, attempts, fromMs: row.from_ms, toMs: row.to_ms, storedMs: row.stored_at, dueMs: row.due_at };
}

/** One that has grown meanwhile is another row, and stays. */
export async function removeRepairWindow(db: Database, id: number): Promise<void> {
  await db.deleteFrom('repair_windows').where('id', '=', id).execute();
}

export async function postponeRepairWindow(
  db: Database,
  { id, dueMs }: Pick<PendingWindow, 'id' | 'dueMs'>,
): Promise<void> {
  await db
    .updateTable('repair_windows')
    .set((expression) => ({ due_at: dueMs, attempts: expression('attempts', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

export interface PendingCount {
  readonly tier: RecordedTierName;
  readonly windows: number;
  /** When the samples of the oldest were stored. */
  readonly oldestStoredMs: number;
}

/** By tier; a tier without any is absent. */
export async function countRepairWindows(db: Database): Promise<readonly PendingCount[]> {
  const rows = await db
    .selectFrom('repair_windows')
    .select(({ fn }) => ['tier', fn.countAll().as('windows'), fn.min('stored_at').as('oldest')])
    .groupBy('tier')
    .orderBy('tier')
    .execute();
  return rows.map(({ tier, windows, oldest }) => ({ tier, windows: Number(windows), oldestStoredMs: Number(oldest) }));
}
