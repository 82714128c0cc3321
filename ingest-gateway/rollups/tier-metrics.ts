/** The gateway's metrics of repair and retention. */
import { Counter, Gauge } from 'prom-client';
import { recordedTierNames } from '../../common/catalogue/tiers.ts';
import type { Database } from '../../common/store/schema.ts';
import { addStoredGauge, type StoredGaugeOptions } from '../../common/store/stored-gauges.ts';
import { refusalReasons } from '../forward/remote-write-client.ts';
import { type RepairReport, repaired } from './repair/recomputed-points.ts';
import type { PruneReport } from './retention/retention.ts';
import type { RollupTier } from './tier/rollup-tier.ts';
import { countRepairWindows, type PendingCount, tryTierTime } from './tier/tier-store.ts';

export type RunOutcome = 'ok' | 'failed' | 'skipped';

export interface TierMetrics {
  readonly onRepair: (tier: RollupTier['name'], report: RepairReport) => void;
  readonly onPrune: (report: PruneReport) => void;
  readonly onRun: (outcome: RunOutcome) => void;
}

export interface TierMetricsOptions extends StoredGaugeOptions {
  readonly db: Database;
}

export function repairMetrics(stored: TierMetricsOptions, now: () => number): Pick<TierMetrics, 'onRepair'> {
  const registers = [stored.registry];
  const points = new Counter({
    name: 'hostpulse_gateway_repair_points_total',
    help: 'Recorded points added or corrected from raw samples.',
    labelNames: ['tier'] as const,
    registers,
  });
  const refused = new Counter({
    name: 'hostpulse_gateway_repair_points_refused_total',
    help: 'Recomputed points that Prometheus refused and that are not sent again, by reason.',
    labelNames: ['tier', 'reason'] as const,
    registers,
  });
  for (const tier of recordedTierNames) {
    points.inc({ tier }, 0);
    for (const reason of refusalReasons) refused.inc({ tier, reason }, 0);
  }
  const windowGauge = (name: string, help: string, valueOf: (pending: PendingCount) => number) =>
    addStoredGauge(stored, {
      name: `hostpulse_gateway_repair_${name}`,
      help,
      labelNames: ['tier'],
      async read() {
        const values = new Map(recordedTierNames.map((tier) => [tier, 0]));
        for (const pending of await countRepairWindows(stored.db)) values.set(pending.tier, valueOf(pending));
        return [...values].map(([tier, value]) => ({ labels: { tier }, value }));
      },
    });
  windowGauge(
    'windows_pending',
    'Windows of late samples whose rollups are not repaired yet.',
    ({ windows }) => windows,
  );
  windowGauge(
    'oldest_window_age_seconds',
    'Time since the late samples of the oldest pending window were stored; 0 when no window is pending.',
    ({ oldestStoredMs }) => Math.max(0, now() - oldestStoredMs) / 1_000,
  );
  return {
    onRepair(tier, report) {
      points.inc({ tier }, Math.max(0, repaired(report)));
      for (const [reason, count] of report.refused) refused.inc({ tier, reason }, count);
    },
  };
}

/** Registered only where the job runs: its alert fires on the presence of these metrics. */
export function retentionMetrics(stored: TierMetricsOptions): Pick<TierMetrics, 'onPrune' | 'onRun'> {
  const registers = [stored.registry];
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `hostpulse_gateway_retention_${name}`, help, registers });
  const runs = new Counter({
    name: 'hostpulse_gateway_retention_runs_total',
    help: 'Runs of the nightly job, by outcome; skipped: another gateway was running it.',
    labelNames: ['outcome'] as const,
    registers,
  });
  for (const outcome of ['ok', 'failed', 'skipped'] as const) runs.inc({ outcome }, 0);
  addStoredGauge(stored, {
    name: 'hostpulse_gateway_retention_last_success_timestamp_seconds',
    help: 'End of the last successful run by any gateway; before the first run, the time at which the job was set up.',
    async read() {
      const timeMs = await tryTierTime(stored.db, 'last_success');
      return timeMs === undefined ? [] : [{ value: timeMs / 1_000 }];
    },
  });
  const sizes = new Gauge({
    name: 'hostpulse_gateway_retention_last_run_bytes',
    help: "Size of Prometheus' blocks before and after this gateway's last run.",
    labelNames: ['moment'] as const,
    registers,
  });
  const days = new Gauge({
    name: 'hostpulse_gateway_retention_last_run_days',
    help: "Host days that this gateway's last run considered, by what became of them.",
    labelNames: ['fate'] as const,
    registers,
  });
  const cleaned = gauge(
    'last_run_cleaned',
    "Whether this gateway's last run freed the space of deleted samples (1) or skipped the cleaning (0).",
  );
  const duration = gauge('last_run_duration_seconds', "Duration of this gateway's last run.");
  return {
    onRun: (outcome) => runs.inc({ outcome }),
    onPrune({ days: all, bytesBefore, bytesAfter, cleaning, durationMs }) {
      if (bytesBefore !== undefined) sizes.set({ moment: 'before' }, bytesBefore);
      if (bytesAfter !== undefined) sizes.set({ moment: 'after' }, bytesAfter);
      cleaned.set(cleaning?.kind === 'done' ? 1 : 0);
      duration.set(durationMs / 1_000);
      days.reset();
      for (const { fate } of all) days.inc({ fate: fate.replaceAll(' ', '_') });
    },
  };
}
