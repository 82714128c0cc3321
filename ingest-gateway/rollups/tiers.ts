/** Repair and retention as a part of the gateway, created from its settings. */
import type { Registry } from 'prom-client';
import type { Log } from '../../common/program/log.ts';
import { createSchedule } from '../../common/program/schedule.ts';
import type { HttpHeaders } from '../../common/program/settings/http-headers.ts';
import { type BasicAuth, createPrometheusConnection } from '../../common/prometheus/connection.ts';
import { LeaseTaken } from '../../common/store/leases.ts';
import type { Database } from '../../common/store/schema.ts';
import { createRemoteWriteClient } from '../forward/remote-write-client.ts';
import { createNightlyJob, type NightlyJob } from './nightly-job.ts';
import { createPointWriter } from './repair/recomputed-points.ts';
import { createRepair, type Repair } from './repair/repair.ts';
import { createLateWindows, createRepairWorker, type LateWindows } from './repair/repair-windows.ts';
import { createPointReplacement } from './repair/replace-points.ts';
import { cleanWhereSafe, whyUncleaned } from './retention/clean-guard.ts';
import { createRetention } from './retention/retention.ts';
import { keepRawMs } from './retention/retention-plan.ts';
import { periodsOf, type TierConfig } from './settings.ts';
import { catalogueTiers, type RollupTier } from './tier/rollup-tier.ts';
import { advanceTierTime, tryTierTime } from './tier/tier-store.ts';
import { repairMetrics, retentionMetrics } from './tier-metrics.ts';

export interface TierPartsOptions {
  readonly config: TierConfig & { readonly prometheusHeaders?: HttpHeaders | undefined };
  readonly prometheusUrl: string;
  /** Default: `/api/v1/write` below `prometheusUrl`. */
  readonly writeUrl: string | undefined;
  readonly basicAuth: BasicAuth | undefined;
  readonly db: Database;
  readonly log: Log;
  readonly now: () => number;
  readonly onSweep: Parameters<typeof createNightlyJob>[0]['onSweep'];
}

export interface TierParts {
  readonly tiers: readonly [RollupTier, ...RollupTier[]];
  readonly repair: Repair;
  readonly nightly: NightlyJob;
  readonly prometheus: ReturnType<typeof createPrometheusConnection>;
  close(): void;
}

/** One query at a time, and a pause of the query's duration after each: at most half of one core of Prometheus. */
const queryBounds = { timeoutMs: 120_000, maxConcurrency: 1, maxAnswerBytes: 64 * 2 ** 20 } as const;
const maxRestMs = 2_000;

export function createTierParts(options: TierPartsOptions): TierParts {
  const { config, prometheusUrl: url, writeUrl, basicAuth, db, log, now } = options;
  const headers = config.prometheusHeaders;
  const prometheus = createPrometheusConnection({ name: 'Prometheus', url, basicAuth, headers, ...queryBounds });
  const client = createRemoteWriteClient({ url, writeUrl, basicAuth, headers, maxConcurrency: 1, timeoutMs: 30_000 });
  const tiers = catalogueTiers() as readonly [RollupTier, ...RollupTier[]];
  const rest = (elapsedMs: number): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, Math.min(elapsedMs, maxRestMs));
    });
  const periods = periodsOf(config);
  const writer = createPointWriter(client, now);
  const clean = (signal: AbortSignal | undefined): Promise<unknown> => cleanWhereSafe({ prometheus, db, signal });
  const whyUnsafe = (signal: AbortSignal | undefined) => whyUncleaned(prometheus, signal);
  const replacement = createPointReplacement({ prometheus, db, writer, whyUnsafe, clean });
  const repair = createRepair({ prometheus, writer, replacement, now, rest });
  const retention = config.retentionEnabled
    ? createRetention({ prometheus, repair, tiers, periods, db, log, now, rest })
    : undefined;
  const { onSweep } = options;
  const nightly = createNightlyJob({ db, repair, tiers, retention, keepRawMs: keepRawMs(periods), onSweep, now });
  return {
    tiers,
    repair,
    nightly,
    prometheus,
    close() {
      prometheus.close();
      client.close();
    },
  };
}

export interface Tiers {
  readonly lateWindows: Pick<LateWindows, 'note'>;
  start(): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface TiersOptions extends Omit<TierPartsOptions, 'onSweep'> {
  readonly registry: Registry;
  /** Runs before the job, at its times. */
  readonly onNight?: (() => Promise<void>) | undefined;
  /** The same database with commits that do not wait for the disk, for rows that may be lost when the machine fails. */
  readonly quickDb: Database;
  /** The SQLite file of both. */
  readonly databaseFile: string | undefined;
}

export function createTiers(options: TiersOptions): Tiers {
  const { config, db, quickDb, databaseFile, registry, log, now } = options;
  const { onRepair } = repairMetrics({ registry, log, db }, now);
  const metrics = config.retentionEnabled ? retentionMetrics({ registry, log, db }) : undefined;
  const parts = createTierParts({ ...options, onSweep: onRepair });
  const lateWindows = createLateWindows({ db, databaseFile, tiers: parts.tiers, now });
  const worker = createRepairWorker({
    db: quickDb,
    repair: parts.repair,
    tiers: parts.tiers,
    keepRawMs: config.retentionEnabled ? keepRawMs(periodsOf(config)) : undefined,
    onReport: onRepair,
    log,
    now,
  });
  const stopping = new AbortController();
  const schedule = createSchedule({ name: 'nightly', expression: config.retentionSchedule, task: runNight, log });

  async function runNight(): Promise<void> {
    await options
      .onNight?.()
      .catch((error: unknown) =>
        log.error('records of processes were not expired; the next night tries again', { error }),
      );
    try {
      const report = await parts.nightly.run({ signal: stopping.signal });
      metrics?.onRun('ok');
      if (report === undefined) return log.info('swept the rollups');
      metrics?.onPrune(report);
      const { bytesBefore, bytesAfter, durationMs } = report;
      const deleted = report.days.filter(({ fate }) => fate === 'deleted').length;
      log.info('swept the rollups and pruned every tier', {
        deletedDays: deleted,
        otherDays: report.days.length - deleted,
        bytesBefore,
        bytesAfter,
        seconds: durationMs / 1_000,
      });
    } catch (error) {
      if (stopping.signal.aborted) return;
      const isTaken = error instanceof LeaseTaken;
      metrics?.onRun(isTaken ? 'skipped' : 'failed');
      if (isTaken) log.info('another gateway runs the nightly job');
      else log.error('the nightly job failed; completed work is kept and the next run continues', { reason: error });
    }
  }

  return {
    lateWindows,
    async start() {
      if (config.retentionEnabled && (await tryTierTime(db, 'last_success')) === undefined)
        await advanceTierTime(db, { name: 'last_success', timeMs: now() });
      worker.start();
      schedule.start();
    },
    async stop() {
      stopping.abort();
      await schedule.stop();
      await worker.stop();
      await lateWindows.stop();
      parts.close();
    },
  };
}
