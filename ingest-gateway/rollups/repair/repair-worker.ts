/** Works off the windows that wait for repair, one after the other, oldest first; of gateways that share them, one does. */
import { type Log, messageOf } from '../../../common/program/log.ts';
import { createSoleHolder } from '../../../common/store/leader-lease.ts';
import type { Database } from '../../../common/store/schema.ts';
import { isBusy } from '../../../common/store/sqlite-errors.ts';
import { intactFrom } from '../raw-horizon.ts';
import type { RollupTier } from '../rollups.ts';
import type { Repair, RepairOutcome } from './repair.ts';
import type { RepairReport } from './repair-report.ts';
import { type PendingWindow, postponeRepairWindow, removeRepairWindow, tryDueRepairWindow } from './repair-windows.ts';

export interface RepairWorker {
  start(): void;
  /** Repairs what is due now; resolves when nothing is. Never throws. */
  runDue(): Promise<void>;
  /** Ends the query in flight. Idempotent. */
  stop(): Promise<void>;
}

export interface RepairWorkerOptions {
  readonly db: Database;
  readonly repair: Repair;
  readonly tiers: readonly RollupTier[];
  /** How long raw samples are kept at least; undefined where nothing may be replaced, since the backend cannot delete. */
  readonly keepRawMs: number | undefined;
  readonly onReport: (tier: RollupTier['name'], report: RepairReport) => void;
  readonly log: Log;
  readonly now: () => number;
}

const pollMs = 15_000;
/** Longer than a window takes. */
const leaseMs = 5 * 60_000;
const maxWaitMs = 30 * 60_000;
/** Later the out-of-order window has closed: the nightly sweep and the check before a deletion speak of what is left. */
const maxAttempts = 60;

export function createRepairWorker(options: RepairWorkerOptions): RepairWorker {
  const { db, repair, tiers, keepRawMs, log, now } = options;
  const stopping = new AbortController();
  const sole = createSoleHolder({ db, name: 'repair', lifetimeMs: leaseMs, clock: now });
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  async function repairOne(pending: PendingWindow): Promise<void> {
    const { id, host, fromMs, toMs, storedMs, attempts } = pending;
    const tier = tiers.find(({ name }) => name === pending.tier);
    if (tier === undefined) return removeRepairWindow(db, id);
    const fields = { host, tier: tier.name, from: iso(fromMs), to: iso(toMs) };
    const outcome = await attempt(pending, tier);
    if (typeof outcome !== 'string' && outcome.kind === 'done') options.onReport(tier.name, outcome.report);
    const problem = problemOf(outcome);
    if (problem === undefined || attempts >= maxAttempts) {
      await removeRepairWindow(db, id);
      if (problem === undefined) log.info('late samples are in the rollups', fields);
      else log.error('gave up repairing rollups; the nightly sweep looks again', { ...fields, reason: problem });
      return;
    }
    const waitMs = Math.min(maxWaitMs, tier.stepMs * 2 ** Math.min(attempts, 10));
    log.warn('rollups are not repaired yet; it is tried again', { ...fields, reason: problem, attempts });
    await postponeRepairWindow(db, { id, dueMs: now() + waitMs });

    async function attempt(window: PendingWindow, of: RollupTier): Promise<RepairOutcome | string> {
      try {
        return await repair.run({
          tier: of,
          window: { fromMs: window.fromMs, toMs: window.toMs, host: window.host },
          storedMs,
          intactFromMs:
            keepRawMs === undefined ? Number.MAX_SAFE_INTEGER : await intactFrom(db, { nowMs: now(), keepRawMs }),
          mode: 'write',
          signal: stopping.signal,
        });
      } catch (error) {
        return messageOf(error);
      }
    }
  }

  async function workOff(): Promise<void> {
    try {
      while (!stopping.signal.aborted && (await sole.isHolder())) {
        const pending = await tryDueRepairWindow(db, now());
        if (pending === undefined) return;
        await repairOne(pending);
      }
    } catch (error) {
      if (isBusy(error)) return log.debug('somebody else is writing to the database; the windows wait');
      log.error('the windows that wait for repair cannot be read', { reason: error });
    }
  }

  function runDue(): Promise<void> {
    running ??= workOff().finally(() => {
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
      await sole
        .release()
        .catch((error: unknown) => log.warn('a lease was not given up; it runs out by itself', { error }));
    },
  };
}

/** Undefined when nothing is left that another attempt could mend. */
function problemOf(outcome: RepairOutcome | string): string | undefined {
  if (typeof outcome === 'string') return outcome;
  if (outcome.kind === 'later') return outcome.reason;
  const { remaining, refused } = outcome.report;
  const lost = refused.get('too_old') ?? 0;
  return remaining > lost ? `${remaining - lost} points are not there after they were written` : undefined;
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
