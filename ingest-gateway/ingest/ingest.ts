/** Takes samples in, whatever way they came: refuses those of scraped hosts, makes the rest durable, remembers who pushed. */

import type { ScrapedHosts } from '../forward/scraped-hosts.ts';
import { overloaded } from '../http/raw-body.ts';
import type { PushTracker } from '../liveness/push-tracker.ts';
import { batchFlags } from '../queue/batch-flags.ts';
import { type BatchQueue, QueueRefusal } from '../queue/batch-queue.ts';
import type { EncodedBatch } from './host-batch.ts';
import type { IngestMetrics, PushWay } from './ingest-metrics.ts';
import type { LateCheck } from './out-of-order.ts';
import type { Rejections } from './rejection.ts';

export interface IncomingBatch extends EncodedBatch {
  /** It brings `up` along, or no series of a host: whether it is up is not for the gateway to say. */
  readonly hasUp?: boolean;
  /** It holds series of programs on the host alone, never the host's own: no scrape of the host brings them, too. */
  readonly isOfPrograms?: boolean;
}

export interface Ingest {
  /** True for a host that Prometheus scrapes: nothing of it is taken. */
  isScraped(host: string): boolean;
  /**
   * Answers once every batch is on disk. Batches of scraped hosts are left out and noted as rejected. Throws an
   * `HttpProblem` 503 when there is no room or the disk does not write; then nothing was taken.
   */
  take(batches: readonly IncomingBatch[], context: TakeContext): Promise<void>;
}

export interface TakeContext {
  readonly way: PushWay;
  readonly rejections: Rejections;
}

export interface IngestOptions {
  readonly queue: BatchQueue;
  readonly late: LateCheck;
  readonly scraped: ScrapedHosts;
  readonly pushes: PushTracker;
  readonly metrics: IngestMetrics;
}

export function createIngest({ queue, late, scraped, pushes, metrics }: IngestOptions): Ingest {
  async function take(batches: readonly IncomingBatch[], { way, rejections }: TakeContext): Promise<void> {
    const wanted = batches.filter((batch) => {
      if (batch.isOfPrograms === true || !scraped.has(batch.host)) return batch.samples > 0;
      const message = `${batch.host} is scraped: a host is scraped or pushed, never both`;
      rejections.add({ index: 0, path: 'host', reason: 'scraped', message }, batch.samples);
      return false;
    });
    for (const [reason, count] of rejections.byReason) metrics.rejected(way, reason, count);
    if (wanted.length === 0) return;
    // Whoever pushes is up, also while the queue takes nothing.
    for (const { host, newestMs, hasUp = false } of wanted)
      pushes.note({ host, newestMs, hasUp, mayBringUp: way === 'remote_write' });
    const unchecked = scraped.isKnown() ? 0 : batchFlags.unchecked;
    const queued = wanted.map((batch) => {
      const { host, body, samples, oldestMs, newestMs, isOfPrograms = false } = batch;
      const flags = (late.check(batch) ? batchFlags.late : 0) | (isOfPrograms ? 0 : unchecked);
      return { host, body, samples, oldestMs, newestMs, flags };
    });
    try {
      await queue.append(queued);
    } catch (error) {
      if (!(error instanceof QueueRefusal)) throw error;
      metrics.refused(error.reason);
      throw overloaded(error.message);
    }
    for (const { samples } of wanted) metrics.accepted(way, samples);
  }

  return { isScraped: (host) => scraped.has(host), take };
}
