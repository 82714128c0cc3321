/** The push as metrics: what waits, what went, what was given up and why. Every counter is there from the start. */
import { type Family, type MetricType, single } from '../exposition/family.ts';
import type { BufferState } from './buffer/sample-buffer.ts';
import type { PushCountsState } from './push-counts.ts';

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
    gauge('pending_samples', 'Samples in the buffer that no receiver has yet.', buffer.samples),
    gauge('pending_bytes', 'Bytes of the values of those samples.', buffer.bytes),
    ...(oldestMs === undefined
      ? []
      : [gauge('oldest_pending_age_seconds', 'Age of the oldest sample that waits.', (nowMs - oldestMs) / 1_000)]),
    ...(usedBytes === undefined ? [] : [gauge('buffer_size_bytes', 'Size of the buffer file.', usedBytes)]),
    gauge('buffer_limit_bytes', 'Size at which the buffer drops its oldest samples.', maxBytes),
    gauge('buffer_durable', 'Whether new samples reach the disk (1), or memory alone (0).', buffer.isDurable ? 1 : 0),
    counter('sent_samples_total', 'Samples that a receiver has taken.', counts.sentSamples),
    counter('rejected_samples_total', 'Samples that a receiver left out of a push it took.', counts.rejectedSamples),
    counter('set_aside_samples_total', 'Samples of pushes that a receiver refused for good.', counts.setAsideSamples),
    byLabel('dropped_samples_total', 'Samples given up before a receiver had them.', 'reason', buffer.droppedSamples),
    counter('missed_instants_total', 'Instants at which no sample set was taken.', counts.missedInstants),
    byLabel('requests_total', 'Requests by what became of them.', 'outcome', counts.requests),
    byLabel('failures_total', 'Requests that are tried again, by what was at fault.', 'reason', counts.failures),
    ...(isHealthy === undefined ? [] : [gauge('healthy', 'Whether the last request was taken.', isHealthy ? 1 : 0)]),
    ...(lastSuccessMs === undefined
      ? []
      : [gauge('last_success_timestamp_seconds', 'When a receiver last took a request.', lastSuccessMs / 1_000)]),
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
  const type: MetricType = 'counter';
  const samples = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { name: prefix + name, help, type, samples };
}
