/**
 * Tables of repair and retention. `repair_windows`: hosts and ranges with samples that arrived too late for the recording rules;
 * a row is removed after repair. `tier_state`: times that repair and retention remember over a restart.
 */
import type { Selectable } from 'kysely';
import type { RecordedTierName } from '../../../common/catalogue/tiers.ts';
import { exclusively } from '../../../common/store/leases.ts';
import type { Database, StoreSchema } from '../../../common/store/schema.ts';

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

/** Windows of a host that are closer together than this are merged. */
const joinMs = 600_000;

/**
 * Adds windows in one transaction. Merges each window with adjacent windows of the same host and tier. The merged window is due when the
 * added window is due.
 */
export async function addRepairWindows(db: Database, windows: readonly LateSamples[]): Promise<void> {
  await exclusively(db, 'repair_windows', async (transaction) => {
    for (const window of windows) await addWindow(transaction, window);
  });
}

async function addWindow(transaction: Database, late: LateSamples): Promise<void> {
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
}

/** The largest number of hosts in one repair. Prometheus' answer to a query about all these hosts must stay below its size limit. */
const maxHosts = 50;

/**
 * Returns the window that has been due for the longest time, together with the due windows of other hosts that have the same tier and
 * time range, so that one repair covers them. Returns a window alone when its repair has failed before, and an empty list when no
 * window is due.
 */
export async function dueRepairWindows(db: Database, nowMs: number): Promise<readonly PendingWindow[]> {
  const due = db.selectFrom('repair_windows').selectAll().where('due_at', '<=', nowMs).orderBy('due_at').orderBy('id');
  const first = await due.limit(1).executeTakeFirst();
  if (first === undefined) return [];
  if (first.attempts > 0) return [pendingWindow(first)];
  const alike = await due
    .where('tier', '=', first.tier)
    .where('from_ms', '=', first.from_ms)
    .where('to_ms', '=', first.to_ms)
    .where('attempts', '=', 0)
    .limit(maxHosts)
    .execute();
  return alike.map(pendingWindow);
}

function pendingWindow(row: Selectable<StoreSchema['repair_windows']>): PendingWindow {
  const { id, host, tier, attempts } = row;
  return { id, host, tier, attempts, fromMs: row.from_ms, toMs: row.to_ms, storedMs: row.stored_at, dueMs: row.due_at };
}

/** Removes the windows. A window that has grown since the caller read it has another id, and stays. */
export async function removeRepairWindows(db: Database, ids: readonly number[]): Promise<void> {
  await db.deleteFrom('repair_windows').where('id', 'in', ids).execute();
}

/** Sets the next due time and counts an attempt. */
export async function postponeRepairWindows(
  db: Database,
  { ids, dueMs }: { readonly ids: readonly number[]; readonly dueMs: number },
): Promise<void> {
  await db
    .updateTable('repair_windows')
    .set((expression) => ({ due_at: dueMs, attempts: expression('attempts', '+', 1) }))
    .where('id', 'in', ids)
    .execute();
}

export interface PendingCount {
  readonly tier: RecordedTierName;
  readonly windows: number;
  /** When the last samples of the oldest window were stored. */
  readonly oldestStoredMs: number;
}

/** Returns the counts by tier; a tier without windows is absent. */
export async function countRepairWindows(db: Database): Promise<readonly PendingCount[]> {
  const rows = await db
    .selectFrom('repair_windows')
    .select(({ fn }) => ['tier', fn.countAll().as('windows'), fn.min('stored_at').as('oldest')])
    .groupBy('tier')
    .orderBy('tier')
    .execute();
  return rows.map(({ tier, windows, oldest }) => ({ tier, windows: Number(windows), oldestStoredMs: Number(oldest) }));
}

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
