/** Defines the default alerts about samples that wait in the buffer of a pushing host or were lost. The host pushes the metrics of the buffer. */
import { type Alert, where } from './alert.ts';

/** Returns an alert that fires at the first sample lost in the last 15 minutes. */
function lost({ name, severity, what, counter, look }: Loss): Alert {
  return {
    name,
    severity,
    bare: `increase(${counter}[15m])`,
    operator: '>',
    threshold: 0,
    unit: 'count',
    summary: `${where} ${what}`,
    description: look,
  };
}

interface Loss {
  readonly name: string;
  readonly severity: Alert['severity'];
  readonly what: string;
  readonly counter: string;
  readonly look: string;
}

export const pushAlerts: readonly Alert[] = [
  {
    name: 'PushUnhealthy',
    severity: 'warning',
    bare: 'hostpulse_push_healthy',
    operator: '==',
    threshold: 0,
    unit: 'state',
    for: '5m',
    summary: `${where} cannot push: the receiver refuses its requests`,
    description:
      'Check the log of the exporter for a revoked key, a wrong path or a certificate error. Samples wait in the buffer.',
  },
  {
    name: 'PushLate',
    severity: 'warning',
    bare: 'hostpulse_push_oldest_pending_age_seconds',
    operator: '>',
    threshold: 600,
    unit: 'seconds',
    causedBy: [
      { of: 'gateway', window: '20m' },
      { of: 'database', window: '20m' },
    ],
    summary: `${where} has samples that have waited {{ $value | humanizeDuration }}`,
    description: 'The exporter catches up after an outage, or the receiver is too slow.',
  },
  {
    name: 'PushBufferFilling',
    severity: 'warning',
    bare: '100 * hostpulse_push_buffer_size_bytes / hostpulse_push_buffer_limit_bytes',
    operator: '>',
    threshold: 80,
    unit: 'percent',
    summary: `${where}: the push buffer is {{ $value | printf "%.0f" }} % full`,
    description: 'At 100 % the oldest samples are dropped.',
  },
  {
    name: 'PushNotDurable',
    severity: 'warning',
    bare: 'hostpulse_push_buffer_durable',
    operator: '==',
    threshold: 0,
    unit: 'state',
    for: '2m',
    summary: `${where} cannot write its push buffer`,
    description: 'The disk is full or broken. Only the last minute of samples is kept, in memory.',
  },
  lost({
    name: 'PushSamplesDropped',
    severity: 'critical',
    what: 'dropped samples for {{ $labels.reason }}',
    counter: 'hostpulse_push_dropped_samples_total',
    look: 'The outage was longer than the capacity of the buffer. Raise collector.buffer.max_bytes or max_age.',
  }),
  lost({
    name: 'PushSamplesRefused',
    severity: 'warning',
    what: 'moved samples aside that the receiver refused',
    counter: 'hostpulse_push_set_aside_samples_total',
    look: 'The samples stay in the buffer file. The log of the exporter has the answer of the receiver.',
  }),
  lost({
    name: 'PushSamplesRejected',
    severity: 'warning',
    what: 'had samples rejected within accepted pushes',
    counter: 'hostpulse_push_rejected_samples_total',
    look: 'The receiver accepted the other samples. The log of the exporter has the reason for each rejected sample.',
  }),
];
