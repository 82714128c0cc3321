/** The nightly job: sweeps the last day of rollups for missing and wrong points, then cuts each tier to its retention. */
import { LeaseTaken, withLease } from '../../common/store/leases.ts';
import type { Database } from '../../common/store/schema.ts';
import { emptyReport, type RepairReport } from './repair/recomputed-points.ts';
import type { Repair } from './repair/repair.ts';
import type { PruneReport, PruneRequest, Retention } from './retention/retention.ts';
import type { RollupTier } from './tier/rollup-tier.ts';
import { advanceTierTime, readRawHorizon, replaceNothing } from './tier/tier-store.ts';

export interface NightlyJobOptions {
  readonly db: Database;
  readonly repair: Repair;
  readonly tiers: readonly RollupTier[];
  /** Undefined where the backend has its own retention: the sweep then adds missing points and replaces none. */
  readonly retention: Retention | undefined;
  readonly keepRawMs: number;
  readonly onSweep: (tier: RollupTier['name'], report: RepairReport) => void;
  readonly now: () => number;
}

export interface NightlyJob {
  /**
   * Sweeps and prunes; returns undefined where the backend has its own retention. Throws a `LeaseTaken` while another run is
   * in progress, or a `PrometheusError`.
   */
  run(request: Omit<PruneRequest, 'mode'>): Promise<PruneReport | undefined>;
  /** Prunes without a sweep. Throws as `run` does. */
  prune(request: PruneRequest): Promise<PruneReport>;
}

/** Within the out-of-order window of 30 h, with room for the time that the sweep takes. */
const sweepMs = 29 * 3_600_000;
const leaseMs = 120_000;

export function createNightlyJob(options: NightlyJobOptions): NightlyJob {
  const { db, repair, tiers, retention, keepRawMs, now } = options;

  async function sweep(signal: AbortSignal): Promise<void> {
    const nowMs = now();
    const rawHorizonMs = retention === undefined ? replaceNothing : await readRawHorizon(db, { nowMs, keepRawMs });
    for (const tier of tiers) {
      const window = { fromMs: nowMs - sweepMs, toMs: nowMs };
      const outcome = await repair.run({ tier, window, rawHorizonMs, mode: 'replace', signal });
      options.onSweep(tier.name, outcome.kind === 'done' ? outcome.report : emptyReport());
    }
  }

  async function pruneHeld(request: PruneRequest): Promise<PruneReport> {
    if (retention === undefined) throw new Error('retention.enabled is false: the backend has its own retention');
    const report = await retention.prune(request);
    if (request.mode === 'delete') await advanceTierTime(db, { name: 'last_success', timeMs: now() });
    return report;
  }

  /** Runs the work as the only run at a time; its signal is aborted when the lease is lost. */
  async function alone<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      const lease = { db, name: 'retention', lifetimeMs: leaseMs, signal, now: Date.now };
      return await withLease(lease, (held) => work(held.signal));
    } catch (cause) {
      if (!(cause instanceof LeaseTaken)) throw cause;
      const message = `another run of the retention job is in progress; a killed run's lease expires after ${leaseMs / 60_000} minutes`;
      throw new LeaseTaken(message, { cause });
    }
  }

  return {
    run: (request) =>
      alone(async (signal) => {
        await sweep(signal);
        return retention === undefined ? undefined : pruneHeld({ ...request, mode: 'delete', signal });
      }, request.signal),
    prune: (request) => alone((signal) => pruneHeld({ ...request, signal }), request.signal),
  };
}
