/**
 * Sends one batch to Prometheus: drops the batch when it is too old, compares it with stored samples when it may be out of
 * order, and bisects it when Prometheus refuses it for one bad sample.
 */
import { recordingOffsetSeconds } from '../../common/catalogue/promql.ts';
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { type BatchInfo, batchFlags } from '../queue/batch-file.ts';
import type { BatchQueue } from '../queue/batch-queue.ts';
import type { DropReason } from './forward-metrics.ts';
import { classifyResponse, type RefusalReason, type WriteCoalescer, type WriteOutcome } from './remote-write-client.ts';
import type { ScrapedHosts } from './scraped-hosts.ts';
import { joinSeries, type SeriesBytes, splitSamples, splitSeries } from './split-request.ts';
import { withoutStored } from './stored-points.ts';

export interface Drop {
  readonly reason: DropReason;
  readonly samples: number;
}

type Failure = Extract<WriteOutcome, { kind: 'retry' | 'unreachable' }>;

/** The result of sending a batch. `ok`: Prometheus has stored all samples of the batch except those counted in `drops`. */
export type BatchOutcome = { readonly kind: 'ok'; readonly drops: readonly Drop[] } | Failure;

export interface SendMode {
  /** May share a request with batches of other hosts. */
  readonly coalesce: boolean;
}

export interface BatchSender {
  /** Never rejects. */
  send(batch: BatchInfo, mode: SendMode): Promise<BatchOutcome>;
  /** Sends what Prometheus no longer has of a batch that it stored before. Never rejects. */
  resend(batch: BatchInfo, mode: SendMode): Promise<BatchOutcome>;
}

export interface BatchSenderOptions {
  readonly queue: Pick<BatchQueue, 'body'>;
  readonly writes: WriteCoalescer;
  readonly prometheus: PrometheusConnection;
  readonly scraped: Pick<ScrapedHosts, 'has' | 'isKnown'>;
  /** Age of a batch's newest sample beyond which Prometheus cannot take it. */
  readonly maxAgeMs: number;
  /**
   * Called with each batch that Prometheus stored too late for the recording rules, before the batch leaves the queue. When the promise
   * rejects, the sender sends the batch again, which changes nothing in Prometheus.
   */
  readonly onStoredLate: (batch: BatchInfo) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/** A rule that is evaluated at time T reads samples up to T - 15 s. A sample is late when it is stored 15 s or more after its timestamp. */
const lateAfterMs = recordingOffsetSeconds * 1_000;

/** Time for which a host's batches are not coalesced after a refusal: one refused request is sent again host by host. */
const refusedAloneMs = 600_000;
/** Beyond this number of hosts, the host refused longest ago is coalesced again. */
const maxRefusedHosts = 10_000;

export function createBatchSender(options: BatchSenderOptions): BatchSender {
  const { queue, writes, prometheus, scraped, maxAgeMs, onStoredLate, now, log } = options;
  /** When each host's last refusal was, oldest first. */
  const refusedMs = new Map<string, number>();

  function noteRefusal(host: string): void {
    refusedMs.delete(host);
    refusedMs.set(host, now());
    for (const [oldest, timeMs] of refusedMs) {
      if (refusedMs.size <= maxRefusedHosts && now() - timeMs < refusedAloneMs) break;
      refusedMs.delete(oldest);
    }
  }

  function mayCoalesce(host: string): boolean {
    return now() - (refusedMs.get(host) ?? Number.NEGATIVE_INFINITY) >= refusedAloneMs;
  }

  async function sendNew(batch: BatchInfo, mode: SendMode): Promise<BatchOutcome> {
    const { host, newestMs, flags } = batch;
    if (newestMs < now() - maxAgeMs) return drop(batch, 'max_age');
    if ((flags & batchFlags.scrapeUnknown) !== 0) {
      if (!scraped.isKnown()) return { kind: 'unreachable', message: 'the list of scraped hosts is not known yet' };
      if (scraped.has(host)) return drop(batch, 'scraped');
    }
    const body = await queue.body(batch);
    if (body === undefined) return drop(batch, 'damaged');
    if ((flags & batchFlags.outOfOrder) === 0) return sendBody(batch, body, mode);
    const { body: rest, conflicts } = await withoutStored(prometheus, { host, body });
    const drops: Drop[] = conflicts > 0 ? [{ reason: 'conflict', samples: conflicts }] : [];
    if (rest === undefined) return { kind: 'ok', drops };
    const outcome = await sendBody(batch, rest, mode);
    return outcome.kind === 'ok' ? { kind: 'ok', drops: [...drops, ...outcome.drops] } : outcome;
  }

  async function sendBody({ host, samples }: BatchInfo, body: Uint8Array, mode: SendMode): Promise<BatchOutcome> {
    const coalesce = mode.coalesce && mayCoalesce(host);
    const outcome = await sendBatch({ writes, body, coalesce, now });
    if (outcome.kind !== 'ok') return outcome;
    const [first] = outcome.refusals;
    if (first !== undefined) {
      noteRefusal(host);
      const { reason, message: response } = first;
      log.warn('Prometheus refused samples', { host, refused: outcome.refusals.length, of: samples, reason, response });
    }
    return { kind: 'ok', drops: outcome.refusals };
  }

  function drop({ host, samples }: BatchInfo, reason: DropReason): BatchOutcome {
    log.warn('a batch is dropped', { host, samples, reason });
    return { kind: 'ok', drops: [{ reason, samples }] };
  }

  /** Refusals were counted and logged when the batch was sent for the first time. */
  async function sendAgain(batch: BatchInfo, { coalesce }: SendMode): Promise<BatchOutcome> {
    const { host } = batch;
    const stored: BatchOutcome = { kind: 'ok', drops: [] };
    const body = await queue.body(batch);
    if (body === undefined) return stored; // no longer retained
    const { body: rest } = await withoutStored(prometheus, { host, body });
    if (rest === undefined) return stored;
    const outcome = await sendBatch({ writes, body: rest, coalesce: coalesce && mayCoalesce(host), now });
    return outcome.kind === 'ok' ? stored : outcome;
  }

  async function recordLate(batch: BatchInfo, outcome: BatchOutcome): Promise<BatchOutcome> {
    if (outcome.kind !== 'ok' || now() - batch.oldestMs < lateAfterMs) return outcome;
    try {
      await onStoredLate(batch);
      return outcome;
    } catch (error) {
      return { kind: 'retry', message: `the stored batch cannot be recorded: ${messageOf(error)}` };
    }
  }

  return {
    send: async (batch, mode) => recordLate(batch, await sendNew(batch, mode).catch(failure)),
    resend: async (batch, mode) => recordLate(batch, await sendAgain(batch, mode).catch(failure)),
  };
}

/** A failed query or disk read passes: the batch is sent later. */
function failure(error: unknown): Failure {
  const isUnreachable = error instanceof PrometheusError && error.fault === 'unavailable';
  return { kind: isUnreachable ? 'unreachable' : 'retry', message: messageOf(error) };
}

/** One sample that Prometheus can never store. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** Prometheus' response. */
  readonly message: string;
  readonly samples: 1;
}

export interface BodyToSend {
  readonly writes: WriteCoalescer;
  readonly body: Uint8Array;
  readonly coalesce: boolean;
  readonly now: () => number;
}

/**
 * Sends a remote write request; when Prometheus refuses it, bisects it by series, then by sample, and leaves out single
 * samples that are refused. Prometheus stores nothing of a request that it refuses. After a `retry`, the halves that were
 * stored are sent again with the same values, which changes nothing. Never rejects.
 */
export async function sendBatch({
  writes,
  body,
  coalesce,
  now,
}: BodyToSend): Promise<{ readonly kind: 'ok'; readonly refusals: readonly Refusal[] } | Failure> {
  const refusals: Refusal[] = [];

  async function sendOnce(part: Uint8Array, mode: SendMode): Promise<WriteOutcome> {
    try {
      return classifyResponse(await writes.send(part, mode), now());
    } catch (error) {
      return { kind: 'unreachable', message: messageOf(error) };
    }
  }

  async function bisect(
    series: readonly SeriesBytes[],
    { reason, message }: Extract<WriteOutcome, { kind: 'refused' }>,
  ): Promise<Failure | undefined> {
    const halves = halve(series);
    if (halves.length === 0 && series.length > 0) refusals.push({ reason, message, samples: 1 });
    for (const half of halves) {
      const outcome = await sendOnce(joinSeries(half), { coalesce: false });
      if (outcome.kind === 'ok') continue;
      const failed = outcome.kind === 'refused' ? await bisect(half, outcome) : outcome;
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  const whole = await sendOnce(body, { coalesce });
  if (whole.kind === 'retry' || whole.kind === 'unreachable') return whole;
  const failed = whole.kind === 'refused' ? await bisect(splitSeries(body), whole) : undefined;
  return failed ?? { kind: 'ok', refusals };
}

/** Returns halves of the series, or of the samples of a single series; nothing for a single sample. */
function halve(series: readonly SeriesBytes[]): readonly (readonly SeriesBytes[])[] {
  const [only] = series;
  if (only === undefined) return [];
  if (series.length === 1) return splitSamples(only)?.map((half) => [half]) ?? [];
  const middle = series.length >> 1;
  return [series.slice(0, middle), series.slice(middle)];
}
