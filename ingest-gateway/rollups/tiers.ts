/** Repair and retention as a part of the gateway: made of its settings, started and stopped with it. */
import type { Registry } from 'prom-client';
import type { Log } from '../../common/program/log.ts';
import { createSchedule } from '../../common/program/schedule.ts';
import { type BasicAuth, createPrometheusConnection } from '../../common/prometheus/connection.ts';
import type { Database } from '../../common/store/schema.ts';
import { createRemoteWriteClient } from '../forward/remote-write-client.ts';
import { createNightly, LeaseTaken, type Nightly } from './nightly-job.ts';
import { createLateWindows, type LateWindows } from './repair/late-windows.ts';
import { createPointWriter } from './repair/point-writer.ts';
import { createRepair, type Repair } from './repair/repair.ts';
import { addRepairWindows, type LateSamples } from './repair/repair-windows.ts';
import { createRepairWorker } from './repair/repair-worker.ts';
import { createWindowThread } from './repair/window-thread.ts';
import { createRetention } from './retention/retention.ts';
import { keepRawMs } from './retention/retention-plan.ts';
import { catalogueTiers, type RollupTier } from './rollups.ts';
import { periodsOf, type TierConfig } from './settings.ts';
import { repairMetrics, retentionMetrics } from './tier-metrics.ts';
import { advanceTierTime, tryTierTime } from './tier-state.ts';

export interface TierPartsOptions {
  readonly config: TierConfig;
  readonly prometheusUrl: string;
  /** `/api/v1/write` below it when absent. */
  readonly writeUrl: string | undefined;
  readonly basicAuth: BasicAuth | undefined;
  readonly db: Database;
  readonly log: Log;
  readonly now: () => number;
  readonly onSweep: Parameters<typeof createNightly>[0]['onSweep'];
}

export interface TierParts {
  readonly tiers: readonly [RollupTier, ...RollupTier[]];
  readonly repair: Repair;
  readonly nightly: Nightly;
  readonly prometheus: ReturnType<typeof createPrometheusConnection>;
  close(): void;
}

/** One query at a time, and as long a rest after each as it took: at most half of one core of Prometheus. */
const queryBounds = { timeoutMs: 120_000, maxConcurrency: 1, maxAnswerBytes: 64 * 2 ** 20 } as const;
const maxRestMs = 2_000;

export function createTierParts(options: TierPartsOptions): TierParts {
  const { config, prometheusUrl: url, writeUrl, basicAuth, db, log, now } = options;
  const prometheus = createPrometheusConnection({ name: 'Prometheus', url, basicAuth, ...queryBounds });
  const client = createRemoteWriteClient({ url, writeUrl, basicAuth, maxConcurrency: 1, timeoutMs: 30_000 });
  const tiers = catalogueTiers() as readonly [RollupTier, ...RollupTier[]];
  const rest = (elapsedMs: number): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, Math.min(elapsedMs, maxRestMs));
    });
  const repair = createRepair({ prometheus, writer: createPointWriter(client, now), now, rest });
  const periods = periodsOf(config);
  const { prometheusDataDirectory } = config;
  const retention = config.retentionEnabled
    ? createRetention({ prometheus, repair, tiers, periods, db, log, now, rest, prometheusDataDirectory })
    : undefined;
  const { onSweep } = options;
  const nightly = createNightly({ db, repair, tiers, retention, keepRawMs: keepRawMs(periods), onSweep, now });
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
  readonly lateWindows: LateWindows;
  start(): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface TiersOptions extends Omit<TierPartsOptions, 'onSweep'> {
  readonly registry: Registry;
  /** Of the same database, for what costs nothing when the machine loses it: it does not wait for the disk. */
  readonly quickDb: Database;
  /** The SQLite file behind both; absent where the database is a server, which the event loop does not wait for. */
  readonly databaseFile: string | undefined;
}

export function createTiers(options: TiersOptions): Tiers {
  const { config, db, quickDb, databaseFile, registry, log, now } = options;
  const windows = databaseFile === undefined ? undefined : createWindowThread({ databasePath: databaseFile });
  const add = (all: readonly LateSamples[]): Promise<void> =>
    windows === undefined ? addRepairWindows(db, all) : windows.add(all);
  const ofRepair = repairMetrics(registry, db, now);
  const ofRetention = config.retentionEnabled ? retentionMetrics(registry, db) : undefined;
  const parts = createTierParts({ ...options, onSweep: ofRepair.repaired });
  const worker = createRepairWorker({
    db: quickDb,
    repair: parts.repair,
    tiers: parts.tiers,
    keepRawMs: config.retentionEnabled ? keepRawMs(periodsOf(config)) : undefined,
    onReport: ofRepair.repaired,
    log,
    now,
  });
  const stopping = new AbortController();
  const schedule = createSchedule({ name: 'nightly', expression: config.retentionSchedule, task: runNight, log });

  async function runNight(): Promise<void> {
    try {
      const report = await parts.nightly.run({ signal: stopping.signal });
      ofRetention?.ran('ok');
      if (report === undefined) return log.info('the rollups were swept');
      ofRetention?.pruned(report);
      const { bytesBefore, bytesAfter, durationMs } = report;
      const deleted = report.days.filter(({ fate }) => fate === 'deleted').length;
      log.info('the rollups were swept and each tier cut to its length', {
        deletedDays: deleted,
        otherDays: report.days.length - deleted,
        bytesBefore,
        bytesAfter,
        seconds: durationMs / 1_000,
      });
    } catch (error) {
      if (stopping.signal.aborted) return;
      const isTaken = error instanceof LeaseTaken;
      ofRetention?.ran(isTaken ? 'skipped' : 'failed');
      if (isTaken) log.info('the nightly work is done by another gateway');
      else log.error('the nightly work ended early; what it did is right, and the next run goes on', { reason: error });
    }
  }

  return {
    lateWindows: createLateWindows({ add, tiers: parts.tiers, now }),
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
      await windows?.stop();
      parts.close();
    },
  };
}
