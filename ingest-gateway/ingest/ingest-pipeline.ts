/** The way of samples through the gateway: taken in, queued on disk, forwarded to Prometheus; its parts made and started in order. */
import { format, parse } from 'node:path';
import type { Registry } from 'prom-client';
import type { Log } from '../../common/program/log.ts';
import type { BasicAuth, PrometheusConnection } from '../../common/prometheus/connection.ts';
import { type BlockReader, createBlockReader } from '../../common/remote-write/snappy.ts';
import type { Database } from '../../common/store/schema.ts';
import type { GatewayConfig } from '../config.ts';
import { createBatchSender } from '../forward/batch-sender.ts';
import { forwardMetrics, queueMetrics } from '../forward/forward-metrics.ts';
import { createForwarder } from '../forward/forwarder.ts';
import { createRemoteWriteClient } from '../forward/remote-write-client.ts';
import { keepForwardedMs } from '../forward/replay-window.ts';
import { watchPrometheusStart } from '../forward/restart-watcher.ts';
import { createScrapedHosts } from '../forward/scraped-hosts.ts';
import { createJoinedWrites } from '../forward/write-coalescer.ts';
import { type BodyReader, createBodyReader } from '../http/raw-body.ts';
import { createLiveness } from '../liveness/liveness.ts';
import { livenessMetrics } from '../liveness/liveness-metrics.ts';
import { createPushTracker } from '../liveness/push-tracker.ts';
import { openBatchQueue, type QueueState } from '../queue/batch-queue.ts';
import { createKnownLabels, type KnownLabels } from '../remote-write/known-labels.ts';
import { withLateWindows } from '../rollups/repair/late-sample-recorder.ts';
import type { LateWindows } from '../rollups/repair/late-windows.ts';
import { type BatchBuilder, createBatchBuilder } from './host-batch.ts';
import { createHostLabelsCache, type HostLabelsCache } from './host-labels.ts';
import { createIngest, type Ingest } from './ingest.ts';
import { ingestMetrics } from './ingest-metrics.ts';
import { createSeriesCache, type SeriesCache } from './label-cache.ts';
import { createLateCheck } from './out-of-order.ts';

/** What routes work with. */
export interface Intake {
  readonly ingest: Ingest;
  readonly bodies: BodyReader;
  readonly blocks: BlockReader;
  readonly known: KnownLabels;
  readonly builder: BatchBuilder;
  readonly hostLabels: HostLabelsCache;
  readonly cache: SeriesCache;
}

export interface IntakeService {
  readonly intake: Intake;
  readonly queueState: () => QueueState;
  start(): void;
  /** Nothing may be taken in any more. Idempotent. */
  stop(): Promise<void>;
}

export interface IntakeOptions {
  readonly config: GatewayConfig;
  readonly registry: Registry;
  readonly log: Log;
  readonly now: () => number;
  readonly basicAuth: BasicAuth | undefined;
  readonly db: Database;
  /** For questions about targets, and about what Prometheus has. */
  readonly prometheus: PrometheusConnection;
  /** Told what came too late for the recording rules. */
  readonly lateWindows: LateWindows;
}

/** Throws a `StartError` when the queue cannot be opened. */
export async function createIntake(options: IntakeOptions): Promise<IntakeService> {
  const { config, registry, log, now, basicAuth, db, prometheus } = options;
  const path = config.queuePath ?? besideDatabase(config.databasePath);
  const queue = await openBatchQueue({
    path,
    maxBytes: config.queueMaxBytes,
    keepSettledMs: (batch) => keepForwardedMs(batch, now()),
    now,
    log,
  });
  const maxRequests = config.forwardMaxConcurrency;
  const client = createRemoteWriteClient({
    url: config.prometheusUrl,
    writeUrl: config.prometheusWriteUrl,
    basicAuth,
    maxConcurrency: maxRequests + 1,
    timeoutMs: config.forwardTimeoutMs,
  });
  const scraped = createScrapedHosts({ prometheus, log });
  const maxAgeMs = config.queueMaxAgeMs;
  const writes = createJoinedWrites(client, { maxRequests });
  const plainSender = createBatchSender({ queue, writes, prometheus, scraped, maxAgeMs, now, log });
  const sender = withLateWindows(plainSender, options.lateWindows);
  const metrics = forwardMetrics(registry);
  const forwarder = createForwarder({ queue, sender, metrics, log, random: Math.random, maxRequests });
  queueMetrics(registry, { queue, replaying: () => forwarder.replaying(), now });
  const watch = watchPrometheusStart({ prometheus, log, onStart: (startedMs) => forwarder.replayBefore(startedMs) });
  const pushes = createPushTracker({ now });
  const late = createLateCheck({ newestAtStart: queue.newestAtStart, now });
  const pending = (host: string): number => queue.pending(host);
  const liveness = createLiveness({
    db,
    pushes,
    scraped,
    prometheus,
    writes: createJoinedWrites(client, { maxRequests: 1 }), // whatever waits, `up` is written
    pending,
    metrics: livenessMetrics({ registry, pushes, pending }),
    now,
    log,
  });
  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    watch.stop();
    scraped.stop();
    await liveness.stop();
    await forwarder.stop();
    await queue.stop();
    client.close();
  }

  return {
    intake: {
      ingest: createIngest({ queue, late, scraped, pushes, metrics: ingestMetrics(registry) }),
      bodies: createBodyReader({ maxBytesInFlight: 256 * 2 ** 20, timeoutMs: 30_000 }),
      blocks: createBlockReader(),
      known: createKnownLabels(),
      builder: createBatchBuilder(),
      hostLabels: createHostLabelsCache(),
      cache: createSeriesCache(),
    },
    queueState: () => queue.state(),
    start() {
      scraped.start();
      watch.start();
      forwarder.start();
      liveness.start();
    },
    stop: () => (stopping ??= stop()),
  };
}

/** `data/hostpulse-queue.db` for `data/hostpulse.db`. */
function besideDatabase(databasePath: string): string {
  const { dir, name } = parse(databasePath);
  return format({ dir, name: `${name}-queue`, ext: '.db' });
}
