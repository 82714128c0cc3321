/** Assembles the path of pushed samples: accepted, queued on disk, forwarded to Prometheus. */
import { format, parse } from 'node:path';
import type { Registry } from 'prom-client';
import { createLifecycle, type Lifecycle } from '../../common/program/lifecycle.ts';
import type { Log } from '../../common/program/log.ts';
import type { HttpHeaders } from '../../common/program/settings/http-headers.ts';
import type { BasicAuth, PrometheusConnection } from '../../common/prometheus/connection.ts';
import type { Database } from '../../common/store/schema.ts';
import { type BatchSenderOptions, createBatchSender } from '../forward/batch-sender.ts';
import { forwardMetrics, queueMetrics } from '../forward/forward-metrics.ts';
import { createForwarder } from '../forward/forwarder.ts';
import { createRemoteWriteClient, createWriteCoalescer } from '../forward/remote-write-client.ts';
import { createRestartWatcher } from '../forward/restart-watcher.ts';
import { createScrapedHosts, type ScrapedHosts } from '../forward/scraped-hosts.ts';
import { type BodyReader, type ByteBudget, createBodyReader, createByteBudget } from '../http/request-input.ts';
import { createLiveness } from '../liveness/liveness.ts';
import { livenessMetrics, renderHostMetrics } from '../liveness/liveness-metrics.ts';
import { createPushTracker, type PushTracker } from '../liveness/push-tracker.ts';
import { openBatchQueue, type QueueState } from '../queue/batch-queue.ts';
import { createIngest, createOrderCheck, type Ingest } from './ingest.ts';
import { ingestMetrics } from './ingest-metrics.ts';
import { createLossLog } from './loss-log.ts';

/** The parts that routes use. */
export interface IngestParts {
  readonly ingest: Ingest;
  readonly bodies: BodyReader;
  readonly pushes: Pick<PushTracker, 'lastPushMs'>;
  /** The memory of bodies that are received or decoded. */
  readonly bodyBudget: ByteBudget;
  readonly scraped: Pick<ScrapedHosts, 'has' | 'hasTarget' | 'targets' | 'urls'>;
}

/** Stop it after the last push was accepted. */
export interface IngestPipeline extends Lifecycle {
  readonly parts: IngestParts;
  readonly queueState: () => QueueState;
  /** Returns the metrics of single hosts in the text format. */
  readonly hostMetrics: () => string;
}

export interface IngestPipelineConfig {
  /** Beside the database when absent. */
  readonly queuePath?: string | undefined;
  readonly databasePath: string;
  readonly queueMaxBytes: number;
  readonly queueMaxAgeMs: number;
  readonly forwardMaxConcurrency: number;
  readonly forwardTimeoutMs: number;
  readonly prometheusUrl: string;
  readonly prometheusWriteUrl?: string | undefined;
  readonly prometheusHeaders?: HttpHeaders | undefined;
}

export interface IngestPipelineOptions extends Pick<BatchSenderOptions, 'onStoredLate'> {
  readonly config: IngestPipelineConfig;
  readonly registry: Registry;
  readonly log: Log;
  readonly now: () => number;
  readonly basicAuth: BasicAuth | undefined;
  readonly db: Database;
  /** Serves queries for scraped targets and stored samples. */
  readonly prometheus: PrometheusConnection;
}

/** The bytes of all bodies that are received or wait for their response, and of those of one credential. */
const maxBodyBytesInFlight = 256 * 2 ** 20;
const maxCallerBodyBytes = 64 * 2 ** 20;
const bodyTimeoutMs = 30_000;

/** Throws a `StartError` when the queue cannot be opened. */
export async function createIngestPipeline(options: IngestPipelineOptions): Promise<IngestPipeline> {
  const { config, registry, log, now, basicAuth, db, prometheus, onStoredLate } = options;
  const path = config.queuePath ?? besideDatabase(config.databasePath);
  const { queue, newestAtStart } = await openBatchQueue({ path, maxBytes: config.queueMaxBytes, now, log });
  const maxRequests = config.forwardMaxConcurrency;
  const client = createRemoteWriteClient({
    url: config.prometheusUrl,
    writeUrl: config.prometheusWriteUrl,
    basicAuth,
    headers: config.prometheusHeaders,
    maxConcurrency: maxRequests + 1, // one more for `up`
    timeoutMs: config.forwardTimeoutMs,
  });
  const scraped = createScrapedHosts({ prometheus, log });
  const writes = createWriteCoalescer(client, { maxRequests });
  const maxAgeMs = config.queueMaxAgeMs;
  const sender = createBatchSender({ queue, writes, prometheus, scraped, maxAgeMs, onStoredLate, now, log });
  const metrics = forwardMetrics(registry);
  const forwarder = createForwarder({ queue, sender, metrics, log, random: Math.random, maxRequests });
  queueMetrics(registry, { queue, replaying: () => forwarder.replaying(), now });
  const restarts = createRestartWatcher({ prometheus, log, onStart: (startedMs) => forwarder.replayBefore(startedMs) });
  const pushes = createPushTracker({ now });
  const order = createOrderCheck({ newestAtStart, now });
  const pending = (host: string): number => queue.pending(host);
  const liveness = createLiveness({
    db,
    pushes,
    scraped,
    prometheus,
    writes: createWriteCoalescer(client, { maxRequests: 1 }), // `up` does not wait behind batches
    pending,
    metrics: livenessMetrics({ registry, pushes }),
    now,
    log,
  });
  const bodyBudget = createByteBudget({ maxBytes: maxBodyBytesInFlight, maxCallerBytes: maxCallerBodyBytes });
  const lifecycle = createLifecycle({
    log,
    parts: [
      { name: 'the remote write client', stop: () => client.close() },
      { name: 'the queue', stop: () => queue.stop() },
      { name: 'the list of scraped hosts', start: () => scraped.start(), stop: () => scraped.stop() },
      { name: 'the restart watcher', start: () => restarts.start(), stop: () => restarts.stop() },
      { name: 'the forwarder', start: () => forwarder.start(), stop: () => forwarder.stop() },
      { name: 'liveness', start: () => liveness.start(), stop: () => liveness.stop() },
    ],
  });

  return {
    parts: {
      ingest: createIngest({
        queue,
        order,
        scraped,
        pushes,
        metrics: ingestMetrics(registry),
        losses: createLossLog({ log, now }),
      }),
      pushes,
      bodies: createBodyReader({ budget: bodyBudget, timeoutMs: bodyTimeoutMs }),
      bodyBudget,
      scraped,
    },
    queueState: () => queue.state(),
    hostMetrics: () => renderHostMetrics({ pushes, pending }),
    ...lifecycle,
  };
}

/** Returns `data/hostpulse-queue.db` for `data/hostpulse.db`. */
function besideDatabase(databasePath: string): string {
  const { dir, name } = parse(databasePath);
  return format({ dir, name: `${name}-queue`, ext: '.db' });
}
