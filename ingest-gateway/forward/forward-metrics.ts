/** The gateway's own metrics of its queue and of what goes on to Prometheus. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { BatchQueue } from '../queue/batch-queue.ts';
import { refusalReasons } from './write-outcome.ts';

/**
 * Why accepted samples were not stored: Prometheus' reasons and our own. `conflict`: it has another value at that
 * instant; `max_age`: they waited too long; `damaged`: the disk lost them; `scraped`: their host is scraped.
 */
export const dropReasons = [...refusalReasons, 'conflict', 'max_age', 'damaged', 'scraped'] as const;
export type DropReason = (typeof dropReasons)[number];

export interface ForwardMetrics {
  forwarded(samples: number): void;
  dropped(reason: DropReason, samples: number): void;
  attempt(outcome: 'ok' | 'retry' | 'away'): void;
  replayed(samples: number): void;
}

export function forwardMetrics(registry: Registry): ForwardMetrics {
  const registers = [registry];
  const forwarded = new Counter({
    name: 'hostpulse_gateway_samples_forwarded_total',
    help: 'Samples that Prometheus has, each counted once.',
    registers,
  });
  const dropped = new Counter({
    name: 'hostpulse_gateway_samples_dropped_total',
    help: 'Samples that were accepted and will not be stored, by reason.',
    labelNames: ['reason'] as const,
    registers,
  });
  for (const reason of dropReasons) dropped.inc({ reason }, 0);
  const attempts = new Counter({
    name: 'hostpulse_gateway_forwards_total',
    help: 'Batches sent to Prometheus, by outcome: stored, to be retried alone, or nobody there to store anything.',
    labelNames: ['outcome'] as const,
    registers,
  });
  for (const outcome of ['ok', 'retry', 'away']) attempts.inc({ outcome }, 0);
  const replayed = new Counter({
    name: 'hostpulse_gateway_samples_replayed_total',
    help: 'Samples sent a second time because Prometheus started anew.',
    registers,
  });
  return {
    forwarded: (samples) => forwarded.inc(samples),
    dropped: (reason, samples) => dropped.inc({ reason }, samples),
    attempt: (outcome) => attempts.inc({ outcome }),
    replayed: (samples) => replayed.inc(samples),
  };
}

export interface QueueMetricsOptions {
  readonly queue: BatchQueue;
  readonly replaying: () => number;
  readonly now: () => number;
}

export function queueMetrics(registry: Registry, { queue, replaying, now }: QueueMetricsOptions): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `hostpulse_gateway_queue_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge('batches', 'Batches that wait to be forwarded.', () => queue.state().batches);
  gauge('samples', 'Samples that wait to be forwarded.', () => queue.state().samples);
  gauge('bytes', 'Bytes that wait to be forwarded.', () => queue.state().bytes);
  gauge('max_bytes', 'Bytes beyond which pushes are answered 503.', () => queue.state().maxBytes);
  gauge('kept_bytes', 'Bytes that were forwarded and are kept for a while.', () => queue.state().settledBytes);
  gauge('replaying', 'Batches that are sent once more, because Prometheus started anew.', replaying);
  gauge('writable', '0 after a commit that failed, until one succeeds.', () => Number(queue.state().isWritable));
  gauge('oldest_age_seconds', 'Age of the oldest batch that waits; 0 when none does.', () => {
    const { oldestAcceptedMs } = queue.state();
    return oldestAcceptedMs === undefined ? 0 : Math.max(0, now() - oldestAcceptedMs) / 1_000;
  });
}
