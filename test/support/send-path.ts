/** Runs the gateway's send path, from a queue in a temporary folder to a backend, in the process of the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrometheusConnection } from '../../common/prometheus/connection.ts';
import { createWriteRequestWriter, encodeLabels } from '../../common/remote-write/encode.ts';
import { createBlockWriter } from '../../common/remote-write/snappy.ts';
import { type BatchSenderOptions, createBatchSender } from '../../ingest-gateway/forward/batch-sender.ts';
import { createRemoteWriteClient, createWriteCoalescer } from '../../ingest-gateway/forward/remote-write-client.ts';
import { type NewBatch, type OpenedQueue, openBatchQueue } from '../../ingest-gateway/queue/batch-queue.ts';
import { createRecordingLog } from './recording-log.ts';

export interface SendPathOptions extends Partial<Pick<BatchSenderOptions, 'scraped' | 'onStoredLate' | 'now'>> {
  readonly url: string;
  readonly maxRequests?: number;
}

export async function createSendPath({ url, maxRequests = 2, ...overrides }: SendPathOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-send-'));
  const path = join(folder, 'queue.db');
  const log = createRecordingLog();
  const { now = Date.now } = overrides;
  let opened: OpenedQueue = await openBatchQueue({ path, maxBytes: 2 ** 28, now, log });
  const client = createRemoteWriteClient({ url, maxConcurrency: maxRequests, timeoutMs: 10_000 });
  const prometheus = createPrometheusConnection({
    name: 'Prometheus',
    url,
    timeoutMs: 10_000,
    maxConcurrency: 4,
    maxAnswerBytes: 2 ** 26,
  });
  const writes = createWriteCoalescer(client, { maxRequests });
  const sender = createBatchSender({
    queue: { body: (batch) => opened.queue.body(batch) },
    writes,
    prometheus,
    scraped: { has: () => false, isKnown: () => true },
    maxAgeMs: 86_400_000,
    onStoredLate: () => Promise.resolve(),
    now,
    log,
    ...overrides,
  });

  return {
    path,
    log,
    sender,
    prometheus,
    maxRequests,
    queue: () => opened.queue,
    /** Stops the queue, lets the caller change its file, and opens it again. */
    async reopen(change: () => void): Promise<void> {
      await opened.queue.stop();
      change();
      opened = await openBatchQueue({ path, maxBytes: 2 ** 28, now, log });
    },
    async stop(): Promise<void> {
      await opened.queue.stop();
      client.close();
      prometheus.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type SendPath = Awaited<ReturnType<typeof createSendPath>>;

export type Points = readonly (readonly [timeMs: number, value: number])[];

/** Writers that all batches share, because the creation of their 192 KiB of memory takes longer than a batch. */
const [writer, blocks] = [createWriteRequestWriter(), createBlockWriter()];

/** A batch of one host, as the gateway queues it. */
export function newBatch(host: string, series: Readonly<Record<string, Points>>, flags = 0): NewBatch {
  for (const [name, points] of Object.entries(series))
    writer.add(
      encodeLabels(name, { instance: host, job: 'node' }),
      points.map(([timeMs]) => timeMs),
      points.map(([, value]) => value),
    );
  const body = blocks.compress(writer.finish());
  const times = Object.values(series).flatMap((points) => points.map(([timeMs]) => timeMs));
  const [oldestMs, newestMs] = [Math.min(...times), Math.max(...times)];
  return { host, oldestMs, newestMs, samples: times.length, flags, body };
}
