/** Counts requests and samples of the push, and exposes the counts as metrics. Every counter starts at 0. */
import { type Family, single } from '../exposition/family.ts';
import type { Batch } from './batch-plan.ts';
import type { BufferState } from './buffer/sample-buffer.ts';
import { type PushOutcome, type RetryReason, retryReasons } from './protocols/outcome.ts';

export interface PushCounts {
  noteOutcome(outcome: PushOutcome): void;
  noteSent(batch: Batch, rejectedSamples: number, nowMs: number): void;
  noteSetAside(samples: number): void;
  noteMissed(instants: number): void;
  read(): Readonly<PushCountsState>;
}

export interface PushCountsState {
  sentSamples: number;
  rejectedSamples: number;
  setAsideSamples: number;
  missedInstants: number;
  readonly requests: Record<PushOutcome['kind'], number>;
  readonly failures: Record<RetryReason, number>;
  /** Whether the last request succeeded; absent before the first. */
  isHealthy?: boolean;
  /** Absent before the first success. */
  lastSuccessMs?: number;
}

export function createPushCounts(): PushCounts {
  const state: PushCountsState = {
    sentSamples: 0,
    rejectedSamples: 0,
    setAsideSamples: 0,
    missedInstants: 0,
    requests: { ok: 0, retry: 0, drop: 0 },
    failures: Object.fromEntries(retryReasons.map((reason) => [reason, 0])) as Record<RetryReason, number>,
  };
  return {
    noteOutcome(outcome) {
      state.requests[outcome.kind]++;
      state.isHealthy = outcome.kind === 'ok';
      if (outcome.kind === 'retry') state.failures[outcome.reason]++;
    },
    noteSent({ sets }, rejected, nowMs) {
      for (const { sampleCount } of sets) state.sentSamples += sampleCount;
      state.rejectedSamples += rejected;
      state.lastSuccessMs = nowMs;
    },
    noteSetAside(samples) {
      state.setAsideSamples += samples;
    },
    noteMissed(instants) {
      state.missedInstants += instants;
    },
    read: () => state,
  };
}

export interface PushState {
  readonly buffer: BufferState;
  readonly counts: PushCountsState;
  readonly maxBytes: number;
  readonly nowMs: number;
}

export function pushFamilies({ buffer, counts, maxBytes, nowMs }: PushState): Family[] {
  const { oldestMs, usedBytes, isDurable } = buffer;
  const { isHealthy, lastSuccessMs } = counts;
  const dropped = 'Samples dropped before a receiver accepted them.';
  const ageSeconds = oldestMs === undefined ? undefined : (nowMs - oldestMs) / 1_000;
  const successSeconds = lastSuccessMs === undefined ? undefined : lastSuccessMs / 1_000;
  return [
    gauge('pending_samples', 'Samples in the push buffer.', buffer.samples),
    gauge('pending_bytes', 'Bytes of the values of pending samples.', buffer.bytes),
    gauge('oldest_pending_age_seconds', 'Age of the oldest pending sample.', ageSeconds),
    gauge('buffer_size_bytes', 'Size of the buffer file.', usedBytes),
    gauge('buffer_limit_bytes', 'Size above which the buffer drops its oldest samples.', maxBytes),
    gauge('buffer_durable', 'Whether new samples are written to disk (1) or held in memory only (0).', isDurable),
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
    byLabel('dropped_samples_total', dropped, 'reason', buffer.droppedSamples),
    counter('missed_instants_total', 'Sampling instants without a sample set.', counts.missedInstants),
    byLabel('requests_total', 'Push requests by outcome.', 'outcome', counts.requests),
    byLabel('failures_total', 'Push requests that are retried, by reason.', 'reason', counts.failures),
    gauge('healthy', 'Whether the last push request was accepted.', isHealthy),
    gauge('last_success_timestamp_seconds', 'Time of the last push request that a receiver accepted.', successSeconds),
  ].flat();
}

const prefix = 'hostpulse_push_';

/** Returns no family for an unknown value. */
function gauge(name: string, help: string, value: number | boolean | undefined): Family[] {
  return value === undefined ? [] : [single(prefix + name, help, 'gauge', Number(value))];
}

function counter(name: string, help: string, value: number): Family {
  return single(prefix + name, help, 'counter', value);
}

function byLabel(name: string, help: string, label: string, values: Readonly<Record<string, number>>): Family {
  const samples = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { name: prefix + name, help, type: 'counter', samples };
}
