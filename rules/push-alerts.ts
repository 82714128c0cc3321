/** Default alerts about a host that pushes: told by the host itself, while it still gets through, of what waits or was lost. */
import type { Alert } from './alert.ts';

const where = '{{ $labels.instance }}';

/** An alert at the first sample of the last 15 minutes that did not arrive. */
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
    summary: `${where} cannot push: its receiver refuses it`,
    description: 'Look at its log: a key that was revoked, a wrong path, a certificate. Samples wait in its buffer.',
  },
  {
    name: 'PushLate',
    severity: 'warning',
    bare: 'hostpulse_push_oldest_pending_age_seconds',
    operator: '>',
    threshold: 600,
    unit: 'seconds',
    summary: `${where} has samples that have waited {{ $value | humanizeDuration }}`,
    description: 'It is draining after an outage, or its receiver is too slow.',
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
    description: 'Its disk is full or broken: only the last minute of samples is kept, in memory.',
  },
  lost({
    name: 'PushSamplesDropped',
    severity: 'critical',
    what: 'dropped samples for {{ $labels.reason }}',
    counter: 'hostpulse_push_dropped_samples_total',
    look: 'The outage was longer than the buffer holds: raise collector.buffer.max_bytes or max_age.',
  }),
  lost({
    name: 'PushSamplesRefused',
    severity: 'warning',
    what: 'set samples aside that its receiver refused',
    counter: 'hostpulse_push_set_aside_samples_total',
    look: 'They are kept in its buffer file; its log has the words of the receiver.',
  }),
  lost({
    name: 'PushSamplesRejected',
    severity: 'warning',
    what: 'had samples rejected within accepted pushes',
    counter: 'hostpulse_push_rejected_samples_total',
    look: 'The receiver took the rest; its answer in the log of the host names each reason.',
  }),
];
