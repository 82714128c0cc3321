/** Metrics of the gateway's queue and of the samples forwarded to Prometheus. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { BatchQueue } from '../queue/batch-queue.ts';
import { refusalReasons } from './remote-write-client.ts';

/**
 * Reasons why accepted samples were not stored: Prometheus' refusals, `conflict` (Prometheus has another value at that
 * time), `max_age` (waited too long), `damaged` (lost by the disk), `scraped` (Prometheus scrapes the host).
 */
export const dropReasons = [...refusalReasons, 'conflict', 'max_age', 'damaged', 'scraped'] as const;
export type DropReason = (typeof dropReasons)[number];

const outcomes = ['ok', 'retry', 'unreachable'] as const;

export interface ForwardMetrics {
  forwarded(samples: number): void;
  dropped(reason: DropReason, samples: number): void;
  attempt(outcome: (typeof outcomes)[number]): void;
  replayed(samples: number): void;
}

export function forwardMetrics(registry: Registry): ForwardMetrics {
  const registers = [registry];
  const forwarded = new Counter({
    name: 'hostpulse_gateway_samples_forwarded_total',
    help: 'Samples that Prometheus stored, each counted once.',
    registers,
  });
  const dropped = new Counter({
    name: 'hostpulse_gateway_samples_dropped_total',
    help: 'Accepted samples that will not be stored, by reason.',
    labelNames: ['reason'] as const,
    registers,
  });
  for (const reason of dropReasons) dropped.inc({ reason }, 0);
  const attempts = new Counter({
    name: 'hostpulse_gateway_forwards_total',
    help: 'Batches sent to Prometheus, by outcome: ok (stored), retry (this batch failed), unreachable (Prometheus did not respond).',
    labelNames: ['outcome'] as const,
    registers,
  });
  for (const outcome of outcomes) attempts.inc({ outcome }, 0);
  const replayed = new Counter({
    name: 'hostpulse_gateway_samples_replayed_total',
    help: 'Samples sent a second time because Prometheus restarted.',
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
  gauge('max_bytes', 'Queue size beyond which pushes get 503.', () => queue.state().maxBytes);
  gauge('kept_bytes', 'Bytes of forwarded batches that are still retained.', () => queue.state().settledBytes);
  gauge('replaying', 'Batches that are still to be sent again because Prometheus restarted.', replaying);
  gauge('writable', '0 after a commit failed, until one succeeds.', () => Number(queue.state().isWritable));
  gauge('oldest_age_seconds', 'Age of the oldest batch that waits; 0 when none waits.', () => {
    const { oldestAcceptedMs } = queue.state();
    return oldestAcceptedMs === undefined ? 0 : Math.max(0, now() - oldestAcceptedMs) / 1_000;
  });
}
