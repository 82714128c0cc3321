/** What is done with one batch on its way: given up when too old, compared when late, sent, and sent in parts when refused. */
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { batchFlags } from '../queue/batch-flags.ts';
import type { BatchInfo, BatchQueue } from '../queue/batch-queue.ts';
import type { DropReason } from './forward-metrics.ts';
import type { ScrapedHosts } from './scraped-hosts.ts';
import { sendBatch } from './send-batch.ts';
import { withoutKnown } from './stored-points.ts';
import type { Company, JoinedWrites } from './write-coalescer.ts';

export interface Drop {
  readonly reason: DropReason;
  readonly samples: number;
}

export type BatchOutcome =
  /** Stored, but for what was given up. */
  | { readonly kind: 'ok'; readonly drops: readonly Drop[] }
  | { readonly kind: 'retry' | 'away'; readonly message: string; readonly afterMs?: number };

export interface BatchSender {
  /** Never throws. */
  send(batch: BatchInfo, company: Company): Promise<BatchOutcome>;
  /** For a batch that was stored before: whatever is wrong with it now was said then. */
  resend(batch: BatchInfo, company: Company): Promise<BatchOutcome>;
}

export interface BatchSenderOptions {
  readonly queue: BatchQueue;
  readonly writes: JoinedWrites;
  readonly prometheus: PrometheusConnection;
  readonly scraped: ScrapedHosts;
  /** Age of a batch's newest sample beyond which Prometheus cannot take it. */
  readonly maxAgeMs: number;
  readonly now: () => number;
  readonly log: Log;
}

/** A host of which a sample was refused goes alone for so long: together with others it would send all of them twice. */
const refusedAloneMs = 600_000;

export function createBatchSender(options: BatchSenderOptions): BatchSender {
  const { queue, writes, prometheus, scraped, maxAgeMs, now, log } = options;
  /** Hosts of which samples were refused, and until when they go alone. */
  const aloneUntilMs = new Map<string, number>();

  function companyOf(host: string, company: Company): Company {
    const untilMs = aloneUntilMs.get(host);
    if (untilMs === undefined) return company;
    if (untilMs > now()) return 'alone';
    aloneUntilMs.delete(host);
    return company;
  }

  async function send(batch: BatchInfo, company: Company): Promise<BatchOutcome> {
    try {
      const { host, samples, newestMs, flags } = batch;
      if (newestMs < now() - maxAgeMs) return giveUp(batch, 'max_age');
      if ((flags & batchFlags.unchecked) !== 0) {
        if (!scraped.isKnown()) return { kind: 'away', message: 'nobody knows yet which hosts are scraped' };
        if (scraped.has(host)) return giveUp(batch, 'scraped');
      }
      const body = await queue.body(batch);
      if (body === undefined) return giveUp(batch, 'damaged');
      const drops: Drop[] = [];
      let wanted: Uint8Array | undefined = body;
      if ((flags & batchFlags.late) !== 0) {
        const { body: unknown, conflicts } = await withoutKnown(prometheus, { host, body });
        wanted = unknown;
        if (conflicts > 0) drops.push({ reason: 'conflict', samples: conflicts });
      }
      if (wanted === undefined) return { kind: 'ok', drops };
      const outcome = await sendBatch({ writes, body: wanted, company: companyOf(host, company), now });
      if (outcome.kind !== 'ok') return outcome;
      for (const { reason, samples: count } of outcome.refusals) drops.push({ reason, samples: count });
      const [first] = outcome.refusals;
      if (first !== undefined) {
        aloneUntilMs.set(host, now() + refusedAloneMs);
        log.warn('Prometheus refused samples for good', {
          host,
          refused: outcome.refusals.length,
          of: samples,
          reason: first.reason,
          words: first.message,
        });
      }
      return { kind: 'ok', drops };
    } catch (error) {
      return failed(error);
    }
  }

  function giveUp({ host, samples }: BatchInfo, reason: DropReason): BatchOutcome {
    log.warn('a batch is given up', { host, samples, reason });
    return { kind: 'ok', drops: [{ reason, samples }] };
  }

  async function resend(batch: BatchInfo, company: Company): Promise<BatchOutcome> {
    try {
      const body = await queue.body(batch);
      if (body === undefined) return { kind: 'ok', drops: [] }; // its time was over meanwhile
      const { body: unknown } = await withoutKnown(prometheus, { host: batch.host, body });
      if (unknown === undefined) return { kind: 'ok', drops: [] };
      const outcome = await sendBatch({ writes, body: unknown, company: companyOf(batch.host, company), now });
      return outcome.kind === 'ok' ? { kind: 'ok', drops: [] } : outcome;
    } catch (error) {
      return failed(error);
    }
  }

  return { send, resend };
}

/** Neither Prometheus' queries nor our disk may stop a batch for good. */
function failed(error: unknown): BatchOutcome {
  const isAway = error instanceof PrometheusError && error.fault === 'unavailable';
  return { kind: isAway ? 'away' : 'retry', message: messageOf(error) };
}
