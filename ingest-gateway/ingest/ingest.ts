/** Accepts batches of samples from every protocol: rejects those of scraped hosts, queues the rest durably, records the pushes. */
import type { Principal } from '../../common/http/auth.ts';
import type { ScrapedHosts } from '../forward/scraped-hosts.ts';
import { overloaded } from '../http/body.ts';
import type { PushTracker, StaticLabels } from '../liveness/push-tracker.ts';
import { batchFlags } from '../queue/batch-file.ts';
import { type BatchQueue, QueueRefusal } from '../queue/batch-queue.ts';
import type { EncodedBatch } from './host-batch.ts';
import type { IngestMetrics, PushWay } from './ingest-metrics.ts';
import type { LossLog } from './loss-log.ts';
import type { OrderCheck } from './out-of-order.ts';
import type { Rejections } from './rejection.ts';

export interface IncomingBatch extends Omit<EncodedBatch, 'plain'> {
  /** The request before compression; undefined for a part of a large push. */
  readonly plain: Uint8Array | undefined;
  /** The batch holds the host's `up`: its sender writes it. */
  readonly hasUp?: boolean;
  /** The batch holds no series that makes its instance a host: series of programs, and series without an instance. */
  readonly isOfPrograms?: boolean;
  /** Labels that every series of the host carries; undefined when the batch does not tell. */
  readonly hostLabels?: StaticLabels | undefined;
}

export type PlainBatch = IncomingBatch & { readonly plain: Uint8Array };

export interface Ingest {
  /** Returns true for a host that Prometheus scrapes: its pushes are rejected. */
  isScraped(host: string): boolean;
  /** Returns true for a target that Prometheus scrapes, of any job. */
  isScrapedTarget(job: string, instance: string): boolean;
  /**
   * Resolves once every batch is on disk. Batches of scraped hosts are left out and added to the rejections. Throws an
   * `HttpProblem` 503 when the queue is full or its disk cannot be written; then nothing was accepted.
   */
  take(batches: readonly IncomingBatch[], context: TakeContext): Promise<void>;
}

export interface TakeContext {
  readonly way: PushWay;
  readonly rejections: Rejections;
  /** The caller, for the log. */
  readonly principal: Principal | undefined;
}

export interface IngestOptions {
  readonly queue: Pick<BatchQueue, 'append'>;
  readonly order: OrderCheck;
  readonly scraped: Pick<ScrapedHosts, 'has' | 'hasTarget' | 'isKnown'>;
  readonly pushes: Pick<PushTracker, 'note'>;
  readonly metrics: IngestMetrics;
  readonly losses: LossLog;
}

export function createIngest({ queue, order, scraped, pushes, metrics, losses }: IngestOptions): Ingest {
  async function take(batches: readonly IncomingBatch[], { way, rejections, principal }: TakeContext): Promise<void> {
    const accepted = batches.filter((batch) => {
      if (batch.isOfPrograms === true || !scraped.has(batch.host)) return batch.samples > 0;
      const message = `${batch.host} is scraped: a host is scraped or pushed, never both`;
      rejections.add({ index: 0, path: 'host', reason: 'scraped', message }, batch.samples);
      return false;
    });
    for (const [reason, count] of rejections.byReason) metrics.rejected(way, reason, count);
    losses.note({ sender: principal?.name ?? 'unknown', way, rejections });
    if (accepted.length === 0) return;
    // A host that pushes is up, even when the queue refuses its samples.
    for (const { host, newestMs, hasUp = false, isOfPrograms = false, hostLabels } of accepted)
      if (!isOfPrograms) pushes.note({ host, newestMs, hasUp, mayBringUp: way === 'remote_write', labels: hostLabels });
    const scrapeUnknown = scraped.isKnown() ? 0 : batchFlags.scrapeUnknown;
    const queued = accepted.map((batch) => {
      const { host, body, samples, oldestMs, newestMs, isOfPrograms = false } = batch;
      const flags = (order.isOutOfOrder(batch) ? batchFlags.outOfOrder : 0) | (isOfPrograms ? 0 : scrapeUnknown);
      return { host, body, samples, oldestMs, newestMs, flags };
    });
    try {
      await queue.append(queued);
    } catch (error) {
      if (!(error instanceof QueueRefusal)) throw error;
      metrics.refused(error.reason);
      throw overloaded(error.message);
    }
    for (const { samples } of accepted) metrics.accepted(way, samples);
  }

  return {
    isScraped: (host) => scraped.has(host),
    isScrapedTarget: (job, instance) => scraped.hasTarget(job, instance),
    take,
  };
}
