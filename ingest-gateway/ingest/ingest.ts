/** Accepts batches of samples from every protocol: rejects those of scraped hosts, queues the rest durably, records the pushes. */
import { crc32 } from 'node:zlib';
import type { Principal } from '../../common/http/auth.ts';
import type { ScrapedHosts } from '../forward/scraped-hosts.ts';
import { overloaded } from '../http/request-input.ts';
import type { PushTracker, StaticLabels } from '../liveness/push-tracker.ts';
import { batchFlags } from '../queue/batch-file.ts';
import { type BatchQueue, QueueRefusal } from '../queue/batch-queue.ts';
import { scanWriteRequest } from '../remote-write/scan.ts';
import type { EncodedBatch } from './host-batch.ts';
import type { IngestMetrics, PushWay } from './ingest-metrics.ts';
import type { LossLog } from './loss-log.ts';
import { type Rejections, scanLimits } from './sample-checks.ts';

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
  /**
   * Resolves to true when every batch is on disk. Adds batches of hosts that Prometheus scrapes to the rejections instead, and resolves to
   * false when no other batch remains. Throws an `HttpProblem` 503 when the queue is full or its disk cannot be written; then
   * nothing was accepted.
   */
  take(batches: readonly IncomingBatch[], context: TakeContext): Promise<boolean>;
}

export interface TakeContext {
  readonly way: PushWay;
  readonly rejections: Rejections;
  /** The caller, for the log. */
  readonly principal: Principal | undefined;
  /** The sender may push `up` of its hosts, as a Prometheus agent does: liveness waits for it before it writes its own. */
  readonly mayBringUp?: boolean;
}

export interface IngestOptions {
  readonly queue: Pick<BatchQueue, 'append'>;
  readonly order: OrderCheck;
  readonly scraped: Pick<ScrapedHosts, 'has' | 'isKnown'>;
  readonly pushes: Pick<PushTracker, 'note'>;
  readonly metrics: IngestMetrics;
  readonly losses: LossLog;
}

export function createIngest({ queue, order, scraped, pushes, metrics, losses }: IngestOptions): Ingest {
  async function take(batches: readonly IncomingBatch[], context: TakeContext): Promise<boolean> {
    const { way, rejections, principal, mayBringUp = false } = context;
    const accepted = batches.filter((batch) => {
      if (batch.isOfPrograms === true || !scraped.has(batch.host)) return batch.samples > 0;
      const message = `${batch.host} is scraped: a host is scraped or pushed, never both`;
      rejections.add({ index: 0, path: 'host', reason: 'scraped', message }, batch.samples);
      return false;
    });
    for (const [reason, count] of rejections.byReason) metrics.rejected(way, reason, count);
    losses.note({ sender: principal?.name ?? 'unknown', way, rejections });
    if (accepted.length === 0) return false;
    // A host that pushes is up, even when the queue refuses its samples.
    for (const { host, newestMs, hasUp = false, isOfPrograms = false, hostLabels } of accepted)
      if (!isOfPrograms) pushes.note({ host, newestMs, hasUp, mayBringUp, labels: hostLabels });
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
      throw overloaded(error.message, error.cause);
    }
    for (const { samples } of accepted) metrics.accepted(way, samples);
    return true;
  }

  return { take };
}

export interface BatchTimes {
  readonly host: string;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** The request before compression; undefined for a part of a large push, whose series are not followed. */
  readonly plain: Uint8Array | undefined;
}

export interface OrderCheck {
  /** Returns whether the batch may hold a sample that is not newer than all accepted ones of its series. Remembers the batch. */
  isOutOfOrder(batch: BatchTimes): boolean;
}

/** Bounds of memory. Beyond them less is remembered, so that more batches are compared. */
export interface OrderLimits {
  readonly maxHosts: number;
  /** Series followed of one host, and of all hosts together. */
  readonly maxHostSeries: number;
  readonly maxSeries: number;
}

/** At most 40 MB. */
const defaultLimits: OrderLimits = { maxHosts: 50_000, maxHostSeries: 20_000, maxSeries: 500_000 };

/** A host is followed by series until it was in order for this long. */
const followMs = 600_000;

interface HostTimes {
  /** Newest sample accepted of any series. */
  newestMs: number;
  /** Newest sample by hash of the labels, while the host is followed. Two series with one hash count as one. */
  bySeries: Map<number, number> | undefined;
  /** Newest sample of series that are not in `bySeries`. */
  baseMs: number;
  lastOutOfOrderMs: number;
}

export interface OrderCheckOptions {
  /** Newest sample of each host, from before the start. */
  readonly newestAtStart: ReadonlyMap<string, number>;
  readonly now: () => number;
  readonly limits?: OrderLimits;
}

/**
 * Finds batches that may hold a sample for a series and time that was accepted before. Prometheus would replace the stored
 * value, so such a batch is compared with Prometheus before it is forwarded. A false positive only costs that comparison.
 *
 * Most hosts send all their series together and in time order: for them the host's newest sample is enough. Hosts that do
 * not are followed series by series.
 */
export function createOrderCheck({ newestAtStart, now, limits = defaultLimits }: OrderCheckOptions): OrderCheck {
  /** Two generations: when half of the hosts are in `young`, hosts that are only in `old` are forgotten. */
  let young = new Map<string, HostTimes>();
  let old = new Map<string, HostTimes>();
  /** Newest sample of all forgotten hosts. */
  let forgottenMs = Number.NEGATIVE_INFINITY;
  /** Followed hosts, followed longest first, and their series together. */
  const followed = new Set<HostTimes>();
  let seriesCount = 0;

  for (const [host, newestMs] of newestAtStart) remember(host, createTimes(newestMs));

  function remember(host: string, times: HostTimes): void {
    if (young.size >= limits.maxHosts >> 1) {
      for (const forgotten of old.values()) {
        forgottenMs = Math.max(forgottenMs, forgotten.newestMs);
        unfollow(forgotten);
      }
      old = young;
      young = new Map();
    }
    young.set(host, times);
  }

  function find(host: string): HostTimes | undefined {
    const recent = young.get(host);
    if (recent !== undefined) return recent;
    const times = old.get(host);
    if (times === undefined) return undefined;
    old.delete(host);
    remember(host, times);
    return times;
  }

  function unfollow(times: HostTimes): void {
    if (!followed.delete(times)) return;
    seriesCount -= times.bySeries?.size ?? 0;
    times.bySeries = undefined;
  }

  /** Remembers each series of the batch. Returns whether an accepted sample of one of them may be as new. */
  function follow(times: HostTimes, plain: Uint8Array): boolean {
    if (times.bySeries === undefined) {
      times.bySeries = new Map();
      times.baseMs = times.newestMs;
      followed.add(times);
    }
    const { bySeries, baseMs } = times;
    const sizeBefore = bySeries.size;
    let isOutOfOrder = false;
    scanWriteRequest(plain, scanLimits(now()), ({ labelsStart, labelsEnd, oldestMs, newestMs }) => {
      const key = crc32(plain.subarray(labelsStart, labelsEnd)) | 0;
      const acceptedMs = bySeries.get(key) ?? baseMs;
      if (oldestMs <= acceptedMs) isOutOfOrder = true;
      if (newestMs > acceptedMs) bySeries.set(key, newestMs);
    });
    seriesCount += bySeries.size - sizeBefore;
    if (bySeries.size > limits.maxHostSeries) unfollow(times);
    for (const longest of followed) {
      if (seriesCount <= limits.maxSeries) break;
      unfollow(longest);
    }
    return isOutOfOrder;
  }

  function checkKnown(times: HostTimes, { oldestMs, newestMs, plain }: BatchTimes): boolean {
    const nowMs = now();
    const isBehind = oldestMs <= times.newestMs;
    const isFollowed = isBehind || times.bySeries !== undefined;
    let isOutOfOrder = isBehind;
    if (plain === undefined) unfollow(times);
    else if (isFollowed) isOutOfOrder = follow(times, plain);
    times.newestMs = Math.max(times.newestMs, newestMs);
    if (isBehind) times.lastOutOfOrderMs = nowMs;
    else if (nowMs - times.lastOutOfOrderMs > followMs) unfollow(times);
    return isOutOfOrder;
  }

  return {
    isOutOfOrder(batch) {
      const times = find(batch.host);
      if (times !== undefined) return checkKnown(times, batch);
      remember(batch.host, createTimes(Math.max(batch.newestMs, forgottenMs)));
      return batch.oldestMs <= forgottenMs;
    },
  };
}

function createTimes(newestMs: number): HostTimes {
  return { newestMs, bySeries: undefined, baseMs: 0, lastOutOfOrderMs: 0 };
}
