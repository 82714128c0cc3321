/** Defines the default alerts about pushed samples in the gateway: its queue, rejected and lost samples, and liveness. */
import { type Alert, broken, counted, happened, where } from './alert.ts';

/** Returns the family with the pushing host, instead of the gateway, as `instance`. */
function ofHost(family: string): string {
  return `max by (instance) (label_replace(${family}, "instance", "$1", "host", "(.+)"))`;
}

/** Returns the values with the labels of the host's `up`, such as `env`. Values of hosts without `up` are returned unchanged. */
function withHostLabels(byInstance: string): string {
  return `(0 * up{job="node"} + on (instance) group_left () ${byInstance} or on (instance) ${byInstance})`;
}

export const ingestAlerts: readonly Alert[] = [
  {
    name: 'GatewayQueueOld',
    severity: 'warning',
    bare: 'hostpulse_gateway_queue_oldest_age_seconds',
    operator: '>',
    threshold: 300,
    unit: 'seconds',
    for: '1m',
    summary: `Gateway on ${where}: pushed samples have waited {{ $value | humanizeDuration }} for Prometheus`,
    description:
      'Prometheus is unreachable, too slow, or rejects the samples; the queue keeps them. The log of the gateway has the answer of Prometheus.',
  },
  {
    name: 'GatewayQueueFull',
    severity: 'critical',
    bare: '100 * hostpulse_gateway_queue_bytes / hostpulse_gateway_queue_max_bytes',
    operator: '>',
    threshold: 80,
    unit: 'percent',
    for: '1m',
    summary: `Gateway on ${where}: the queue is {{ $value | printf "%.0f" }} % full`,
    description:
      'At 100 % the gateway answers pushes with 503, and samples wait in the buffers of the hosts. Restore Prometheus.',
  },
  broken({
    name: 'GatewayQueueUnwritable',
    severity: 'critical',
    bare: 'hostpulse_gateway_queue_writable',
    for: '1m',
    summary: `Gateway on ${where} cannot write its queue`,
    description:
      'The gateway answers pushes with 503, and samples wait in the buffers of the hosts. The usual cause is a full disk.',
  }),
  counted({
    name: 'SamplesLost',
    severity: 'critical',
    bare: 'sum without (reason) (increase(hostpulse_gateway_samples_dropped_total{reason!~"conflict|duplicate|scraped"}[5m]))',
    summary: `Gateway on ${where} lost samples that it had accepted`,
    description:
      'Prometheus rejected the samples permanently, or they waited too long. hostpulse_gateway_samples_dropped_total has the reasons.',
  }),
  counted({
    name: 'ScrapedHostPushes',
    severity: 'warning',
    bare: 'sum without (way, reason) (increase(hostpulse_gateway_samples_rejected_total{reason="scraped"}[5m]))',
    summary: `Gateway on ${where} rejects pushes of hosts that Prometheus scrapes`,
    description:
      'A host must be either scraped or pushed. Disable one of the two; the answer of the gateway names the host.',
  }),
  {
    name: 'PushedClockSkewed',
    severity: 'warning',
    // The gauge is the smallest lag of several pushes: a host that sends its backlog does not look like a host with a slow clock.
    bare: `abs(${withHostLabels(ofHost('hostpulse_gateway_host_clock_skew_seconds'))})`,
    operator: '>',
    threshold: 30,
    unit: 'seconds',
    for: '5m',
    summary: `${where}: clock is off by {{ $value | humanizeDuration }}`,
    description:
      'The newest samples differ from the clock of the gateway by more than 30 s for 5m. Check time synchronisation.',
  },
  {
    name: 'LivenessUnknown',
    severity: 'warning',
    // Prometheus writes `up` of scraped hosts at every scrape, failed scrapes included: an old `up` means that no gateway runs.
    // Only for hosts whose HostDown fires: LivenessUnknown inhibits HostDown, whose end would be false when the old `up` ends.
    // A gateway that is back writes `up` within seconds.
    bare:
      'time() - timestamp(up{job="node"}) and up{job="node"} == 0' +
      ` unless on () (max(up{job="gateway"}) == 1 and ${happened({ of: 'gateway', window: '2m' })})`,
    operator: '>',
    // Longer than a restart of the gateway.
    threshold: 90,
    unit: 'seconds',
    summary: `${where}: no gateway reports whether it is up`,
    description:
      'The host was down when the gateways stopped reporting. HostDown sends no message meanwhile. See GatewayDown and the log of the gateway.',
  },
  {
    name: 'LivenessNotWritten',
    severity: 'critical',
    bare: 'time() - max(max_over_time(hostpulse_gateway_liveness_timestamp_seconds[1d]))',
    operator: '>',
    threshold: 60,
    unit: 'seconds',
    for: '1m',
    causedBy: [
      { of: 'gateway', window: '3m' },
      { of: 'database', window: '3m' },
    ],
    summary: 'No gateway reports whether pushed hosts are up',
    description: 'For {{ $value | humanizeDuration }}. HostDown cannot fire for these hosts meanwhile.',
  },
];
