/** Repairs the windows that are due, one after the other, oldest first. One gateway at a time of those that share a database. */
import { type Log, messageOf } from '../../../common/program/log.ts';
import { LeaseTaken, withLease } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';
import { isBusy } from '../../../common/store/sqlite.ts';
import type { RollupTier } from '../tier/rollup-tier.ts';
import {
  type PendingWindow,
  postponeRepairWindow,
  readRawHorizon,
  removeRepairWindow,
  replaceNothing,
  tryDueRepairWindow,
} from '../tier/tier-store.ts';
import type { RepairReport } from './recomputed-points.ts';
import type { Repair, RepairOutcome } from './repair.ts';

export interface RepairWorker {
  start(): void;
  /** Repairs the windows that are due; resolves when none is left. Never throws. */
  runDue(): Promise<void>;
  /** Aborts the query in flight; its window stays due. Idempotent. */
  stop(): Promise<void>;
}

export interface RepairWorkerOptions {
  readonly db: Database;
  readonly repair: Repair;
  readonly tiers: readonly RollupTier[];
  /** How long raw samples are kept at least; undefined where the backend cannot delete, so that no point may be replaced. */
  readonly keepRawMs: number | undefined;
  readonly onReport: (tier: RollupTier['name'], report: RepairReport) => void;
  readonly log: Log;
  readonly now: () => number;
}

const pollMs = 15_000;
const leaseMs = 60_000;
const maxWaitMs = 30 * 60_000;
/** By then the out-of-order window has closed: the nightly sweep and the check before a deletion report what is left. */
const maxAttempts = 60;

export function createRepairWorker(options: RepairWorkerOptions): RepairWorker {
  const { db, repair, tiers, keepRawMs, log, now } = options;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  async function repairDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pending = await tryDueRepairWindow(db, now());
      if (pending === undefined) return;
      await repairOne(pending, signal);
    }
  }

  async function repairOne(pending: PendingWindow, signal: AbortSignal): Promise<void> {
    const { id, host, fromMs, toMs, attempts } = pending;
    const tier = tiers.find(({ name }) => name === pending.tier);
    if (tier === undefined) return removeRepairWindow(db, id);
    const outcome = await tryRepair(pending, tier, signal);
    if (signal.aborted) return;
    if (typeof outcome !== 'string' && outcome.kind === 'done') options.onReport(tier.name, outcome.report);
    const problem = problemOf(outcome);
    const fields = { host, tier: tier.name, from: iso(fromMs), to: iso(toMs) };
    if (problem === undefined || attempts >= maxAttempts) {
      await removeRepairWindow(db, id);
      if (problem === undefined) log.info('repaired rollups with late samples', fields);
      else log.error('gave up repairing rollups; the nightly sweep tries again', { ...fields, reason: problem });
      return;
    }
    const waitMs = Math.min(maxWaitMs, tier.stepMs * 2 ** Math.min(attempts, 10));
    log.warn('rollups not repaired; the repair is tried again', { ...fields, reason: problem, attempts });
    await postponeRepairWindow(db, { id, dueMs: now() + waitMs });
  }

  /** Returns the outcome, or the message of the error. */
  async function tryRepair(
    { host, fromMs, toMs, storedMs }: PendingWindow,
    tier: RollupTier,
    signal: AbortSignal,
  ): Promise<RepairOutcome | string> {
    try {
      const rawHorizonMs =
        keepRawMs === undefined ? replaceNothing : await readRawHorizon(db, { nowMs: now(), keepRawMs });
      return await repair.run({ tier, window: { fromMs, toMs, host }, storedMs, rawHorizonMs, mode: 'add', signal });
    } catch (error) {
      return messageOf(error);
    }
  }

  async function work(): Promise<void> {
    const lease = { db, name: 'repair', lifetimeMs: leaseMs, signal: stopping.signal, now: Date.now };
    try {
      if ((await tryDueRepairWindow(db, now())) === undefined) return;
      await withLease(lease, ({ signal }) => repairDue(signal));
    } catch (error) {
      if (error instanceof LeaseTaken) return;
      if (isBusy(error)) log.debug('the database is busy; repair windows stay due');
      else log.error('repair windows were not worked off; they stay due', { reason: error });
    }
  }

  function runDue(): Promise<void> {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    runDue,
    start() {
      timer = setInterval(() => void runDue(), pollMs);
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

/** Returns undefined when another attempt cannot improve anything. */
function problemOf(outcome: RepairOutcome | string): string | undefined {
  if (typeof outcome === 'string') return outcome;
  if (outcome.kind === 'later') return outcome.reason;
  const { remaining, refused } = outcome.report;
  const left = remaining - (refused.get('too_old') ?? 0);
  return left <= 0 ? undefined : `${left} points are not stored after they were written`;
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
