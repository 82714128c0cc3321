/** The nightly work: what is missing in the rollups is added, whoever made it late, then each tier is cut to its length. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { claimLease, releaseLease } from '../../common/store/leases.ts';
import type { Database } from '../../common/store/schema.ts';
import { intactFrom } from './raw-horizon.ts';
import type { Repair } from './repair/repair.ts';
import { emptyReport, type RepairReport } from './repair/repair-report.ts';
import type { PruneReport, PruneRequest, Retention } from './retention/retention.ts';
import type { RollupTier } from './rollups.ts';
import { advanceTierTime } from './tier-state.ts';

/** Somebody else does it now. */
export class LeaseTaken extends Error {
  constructor() {
    super('another run of the retention job is at work; it ends by itself, or two minutes after it was killed');
    this.name = 'LeaseTaken';
  }
}

export interface NightlyOptions {
  readonly db: Database;
  readonly repair: Repair;
  readonly tiers: readonly RollupTier[];
  /** Undefined where the backend has a retention of its own: recorded points are then added, and none is replaced. */
  readonly retention: Retention | undefined;
  readonly keepRawMs: number;
  readonly onSweep: (tier: RollupTier['name'], report: RepairReport) => void;
  readonly now: () => number;
}

export interface Nightly {
  /** Throws a `LeaseTaken`, or when Prometheus does not answer. */
  run(request: Omit<PruneRequest, 'mode'>): Promise<PruneReport | undefined>;
  /** The second half alone. */
  prune(request: PruneRequest): Promise<PruneReport>;
}

/** Within the out-of-order window of 30 h, with room for the sweep's own time. */
const sweepMs = 29 * 3_600_000;
const leaseMs = 120_000;
const renewMs = 30_000;

export function createNightly(options: NightlyOptions): Nightly {
  const { db, repair, tiers, retention, now } = options;

  async function sweep(signal: AbortSignal): Promise<void> {
    const nowMs = now();
    const intactFromMs =
      retention === undefined ? Number.MAX_SAFE_INTEGER : await intactFrom(db, { nowMs, keepRawMs: options.keepRawMs });
    for (const tier of tiers) {
      const window = { fromMs: nowMs - sweepMs, toMs: nowMs };
      const outcome = await repair.run({ tier, window, intactFromMs, mode: 'write', signal });
      options.onSweep(tier.name, outcome.kind === 'done' ? outcome.report : emptyReport());
    }
  }

  async function pruneAlone(request: PruneRequest): Promise<PruneReport> {
    if (retention === undefined) throw new Error('retention.enabled is false: the backend has a retention of its own');
    const report = await retention.prune(request);
    if (request.mode === 'delete') await advanceTierTime(db, { name: 'last_success', timeMs: now() });
    return report;
  }

  return {
    run: (request) =>
      underLease(async (signal) => {
        await sweep(signal);
        return retention === undefined ? undefined : pruneAlone({ ...request, mode: 'delete', signal });
      }, request.signal),
    prune: (request) => underLease((signal) => pruneAlone({ ...request, signal }), request.signal),
  };

  /** The signal is aborted once the lease is lost: whoever took it works on the same days. */
  async function underLease<T>(work: (signal: AbortSignal) => Promise<T>, outer: AbortSignal | undefined): Promise<T> {
    const claim = { name: 'retention', holder: `${hostname()}/${process.pid}/${randomUUID()}`, lifetimeMs: leaseMs };
    if (!(await claimLease(db, { ...claim, nowMs: Date.now() }))) throw new LeaseTaken();
    const lost = new AbortController();
    const renewal = setInterval(() => {
      claimLease(db, { ...claim, nowMs: Date.now() }).then(
        (isOurs) => {
          if (!isOurs) lost.abort(new LeaseTaken());
        },
        (error: unknown) => lost.abort(error),
      );
    }, renewMs);
    try {
      return await work(outer === undefined ? lost.signal : AbortSignal.any([lost.signal, outer]));
    } finally {
      clearInterval(renewal);
      await releaseLease(db, claim);
    }
  }
}
