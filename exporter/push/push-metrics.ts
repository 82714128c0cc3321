/** Counts what the push has done and exposes it as metrics. Every counter exists from the start, at 0. */
import { type Family, single } from '../exposition/family.ts';
import type { Batch } from './batch-plan.ts';
import type { BufferState } from './buffer/sample-buffer.ts';
import { type PushOutcome, type RetryReason, retryReasons } from './protocols/outcome.ts';

export interface PushCounts {
  noteOutcome(outcome: PushOutcome): void;
  noteSent(batch: Batch, rejectedSamples: number, nowMs: number): void;
  noteSetAside(samples: number): void;
  noteMissed(instants: number): void;
  read(): PushCountsState;
}

export interface PushCountsState {
  readonly sentSamples: number;
  readonly rejectedSamples: number;
  readonly setAsideSamples: number;
  readonly missedInstants: number;
  readonly requests: Readonly<Record<PushOutcome['kind'], number>>;
  readonly failures: Readonly<Record<RetryReason, number>>;
  /** Whether the last request succeeded; absent before the first. */
  readonly isHealthy?: boolean;
  /** Absent before the first success. */
  readonly lastSuccessMs?: number;
}

export function createPushCounts(): PushCounts {
  let [sentSamples, rejectedSamples, setAsideSamples, missedInstants] = [0, 0, 0, 0];
  const requests = { ok: 0, retry: 0, drop: 0 };
  const failures = Object.fromEntries(retryReasons.map((reason) => [reason, 0])) as Record<RetryReason, number>;
  let isHealthy: boolean | undefined;
  let lastSuccessMs: number | undefined;
  return {
    noteOutcome(outcome) {
      requests[outcome.kind]++;
      isHealthy = outcome.kind === 'ok';
      if (outcome.kind === 'retry') failures[outcome.reason]++;
    },
    noteSent({ sets }, rejected, nowMs) {
      for (const { sampleCount } of sets) sentSamples += sampleCount;
      rejectedSamples += rejected;
      lastSuccessMs = nowMs;
    },
    noteSetAside(samples) {
      setAsideSamples += samples;
    },
    noteMissed(instants) {
      missedInstants += instants;
    },
    read: () => ({
      sentSamples,
      rejectedSamples,
      setAsideSamples,
      missedInstants,
      requests: { ...requests },
      failures: { ...failures },
      ...(isHealthy === undefined ? {} : { isHealthy }),
      ...(lastSuccessMs === undefined ? {} : { lastSuccessMs }),
    }),
  };
}

export interface PushState {
  readonly buffer: BufferState;
  readonly counts: PushCountsState;
  readonly maxBytes: number;
  readonly nowMs: number;
}

export function pushFamilies({ buffer, counts, maxBytes, nowMs }: PushState): Family[] {
  const { oldestMs, usedBytes } = buffer;
  const { isHealthy, lastSuccessMs } = counts;
  return [
    gauge('pending_samples', 'Samples in the push buffer.', buffer.samples),
    gauge('pending_bytes', 'Bytes of the values of pending samples.', buffer.bytes),
    ...(oldestMs === undefined
      ? []
      : [gauge('oldest_pending_age_seconds', 'Age of the oldest pending sample.', (nowMs - oldestMs) / 1_000)]),
    ...(usedBytes === undefined ? [] : [gauge('buffer_size_bytes', 'Size of the buffer file.', usedBytes)]),
    gauge('buffer_limit_bytes', 'Size above which the buffer drops its oldest samples.', maxBytes),
    gauge(
      'buffer_durable',
      'Whether new samples are written to disk (1) or held in memory only (0).',
      buffer.isDurable ? 1 : 0,
    ),
    counter('sent_samples_total', 'Samples that a receiver has accepted.', counts.sentSamples),
    counter(
      'rejected_samples_total',
      'Samples that a receiver rejected from a push that it accepted.',
      counts.rejectedSamples,
    ),
    counter(
      'set_aside_samples_total',
      'Samples of pushes that a receiver refused permanently.',
      counts.setAsideSamples,
    ),
    byLabel(
      'dropped_samples_total',
      'Samples dropped before a receiver accepted them.',
      'reason',
      buffer.droppedSamples,
    ),
    counter('missed_instants_total', 'Sampling instants without a sample set.', counts.missedInstants),
    byLabel('requests_total', 'Push requests by outcome.', 'outcome', counts.requests),
    byLabel('failures_total', 'Push requests that are retried, by reason.', 'reason', counts.failures),
    ...(isHealthy === undefined
      ? []
      : [gauge('healthy', 'Whether the last push request was accepted.', isHealthy ? 1 : 0)]),
    ...(lastSuccessMs === undefined
      ? []
      : [
          gauge(
            'last_success_timestamp_seconds',
            'Time of the last push request that a receiver accepted.',
            lastSuccessMs / 1_000,
          ),
        ]),
  ];
}

const prefix = 'hostpulse_push_';

function gauge(name: string, help: string, value: number): Family {
  return single(prefix + name, help, 'gauge', value);
}

function counter(name: string, help: string, value: number): Family {
  return single(prefix + name, help, 'counter', value);
}

function byLabel(name: string, help: string, label: string, values: Readonly<Record<string, number>>): Family {
  const samples = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { name: prefix + name, help, type: 'counter', samples };
}
