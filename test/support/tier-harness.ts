/** Runs a real Prometheus and a store, and repair and retention on them at a time that the test sets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../common/program/log.ts';
import { createPrometheusConnection, type PrometheusConnection } from '../../common/prometheus/connection.ts';
import { openStore, type Store } from '../../common/store/open.ts';
import { createRemoteWriteClient } from '../../ingest-gateway/forward/remote-write-client.ts';
import { createNightlyJob, type NightlyJob } from '../../ingest-gateway/rollups/nightly-job.ts';
import { createPointWriter } from '../../ingest-gateway/rollups/repair/recomputed-points.ts';
import { createRepair, type Repair } from '../../ingest-gateway/rollups/repair/repair.ts';
import { createPointReplacement, type PointReplacement } from '../../ingest-gateway/rollups/repair/replace-points.ts';
import { cleanWhereSafe, whyUncleaned } from '../../ingest-gateway/rollups/retention/clean-guard.ts';
import { createRetention } from '../../ingest-gateway/rollups/retention/retention.ts';
import { keepRawMs, type RetentionPeriods } from '../../ingest-gateway/rollups/retention/retention-plan.ts';
import { catalogueTiers, type RollupTier } from '../../ingest-gateway/rollups/tier/rollup-tier.ts';
import { freePort } from './process.ts';
import { createPrometheus, type TestPrometheus } from './prometheus.ts';

export interface TierHarness {
  readonly folder: string;
  readonly prometheus: TestPrometheus;
  readonly connection: PrometheusConnection;
  readonly store: Store;
  readonly tiers: readonly [RollupTier, ...RollupTier[]];
  readonly repair: Repair;
  readonly replacement: PointReplacement;
  readonly nightly: NightlyJob;
  log(): string;
  stop(): Promise<void>;
}

export interface TierHarnessOptions {
  readonly periods: RetentionPeriods;
  readonly now: () => number;
  readonly flags?: readonly string[];
  /** `host:port` of targets, scraped every second as job `node`. */
  readonly targets?: readonly string[];
}

export async function startTierHarness({
  periods,
  now,
  flags = [],
  targets = [],
}: TierHarnessOptions): Promise<TierHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-tiers-'));
  const prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: {
      storage: { tsdb: { out_of_order_time_window: '30h' } },
      scrape_configs: [{ job_name: 'node', scrape_interval: '1s', static_configs: [{ targets }] }],
    },
    flags: [
      '--web.enable-remote-write-receiver',
      '--web.enable-admin-api',
      '--storage.tsdb.retention.time=40d',
      ...flags,
    ],
  });
  await prometheus.start();
  const store = await openStore({ path: join(folder, 'store.db') });
  const bounds = { timeoutMs: 60_000, maxConcurrency: 2, maxAnswerBytes: 2 ** 26 };
  const connection = createPrometheusConnection({ name: 'Prometheus', url: prometheus.url, ...bounds });
  const client = createRemoteWriteClient({ url: prometheus.url, maxConcurrency: 1, timeoutMs: 30_000 });
  let lines = '';
  const log = createLog({ level: 'info', format: 'logfmt', program: 'gateway', write: (line) => (lines += line) });
  const tiers = catalogueTiers() as readonly [RollupTier, ...RollupTier[]];
  const rest = (): Promise<void> => Promise.resolve();
  const writer = createPointWriter(client, now);
  const replacement = createPointReplacement({
    prometheus: connection,
    db: store.db,
    writer,
    whyUnsafe: (signal) => whyUncleaned(connection, signal),
    clean: (signal) => cleanWhereSafe({ prometheus: connection, db: store.db, signal }),
  });
  const repair = createRepair({ prometheus: connection, writer, replacement, now, rest });
  const shared = { db: store.db, repair, tiers, now };
  const retention = createRetention({
    ...shared,
    prometheus: connection,
    periods,
    log,
    rest,
  });
  const nightly = createNightlyJob({
    ...shared,
    retention,
    keepRawMs: keepRawMs(periods),
    onSweep: () => undefined,
  });
  return {
    folder,
    prometheus,
    connection,
    store,
    tiers,
    repair,
    replacement,
    nightly,
    log: () => lines,
    async stop() {
      client.close();
      connection.close();
      await prometheus.stop('SIGKILL');
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
