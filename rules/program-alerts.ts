/** Default alerts about hostpulse, Prometheus and Alertmanager: one for each way in which a program can fail. */
import { type Alert, wasStopped } from './alert.ts';

const where = '{{ $labels.instance }}';

interface Program {
  readonly name: string;
  readonly job: string;
  readonly consequence: string;
}

const programs: readonly Program[] = [
  { name: 'Prometheus', job: 'prometheus', consequence: 'Its own failures are no longer visible.' },
  { name: 'Alertmanager', job: 'alertmanager', consequence: 'No alert is delivered until it is back.' },
  {
    name: 'Gateway',
    job: 'gateway',
    consequence: 'Pushes wait in the buffers of the hosts, and the API is unavailable.',
  },
  {
    name: 'Relay',
    job: 'relay',
    consequence: 'No alert is delivered until it is back; Alertmanager then sends the alerts again.',
  },
];

function down({ name, job, consequence }: Program): Alert {
  return {
    name: `${name}Down`,
    severity: 'critical',
    bare: `up{job="${job}"}`,
    operator: '==',
    threshold: 0,
    unit: 'state',
    for: '1m',
    summary: `${name} on ${where} does not answer scrapes`,
    description: `For 1m. ${consequence}`,
  };
}

/** An alert that fires at the first increase of a counter. */
function counted(alert: Pick<Alert, 'name' | 'severity' | 'bare' | 'summary' | 'description'>): Alert {
  return { ...alert, operator: '>', threshold: 0, unit: 'count' };
}

/** An alert on a gauge that is 1 in normal operation. */
function broken(alert: Pick<Alert, 'name' | 'severity' | 'bare' | 'for' | 'summary' | 'description'>): Alert {
  return { ...alert, operator: '==', threshold: 0, unit: 'state' };
}

const prometheusAlerts: readonly Alert[] = [
  counted({
    name: 'RuleEvaluationsFailing',
    severity: 'critical',
    bare: 'increase(prometheus_rule_evaluation_failures_total[5m])',
    summary: `Prometheus on ${where} could not evaluate rules of {{ $labels.rule_group }}`,
    description:
      'Alerts of the group cannot fire, and its rollups have gaps. /api/v1/rules shows the error of each rule.',
  }),
  counted({
    name: 'RuleEvaluationsMissed',
    severity: 'warning',
    bare: 'increase(prometheus_rule_group_iterations_missed_total[5m])',
    summary: `Prometheus on ${where} skipped evaluations of {{ $labels.rule_group }}`,
    description:
      'Evaluation takes longer than the interval, or the machine was suspended. Rollups of that time are missing.',
  }),
  broken({
    name: 'PrometheusConfigRefused',
    severity: 'warning',
    bare: 'prometheus_config_last_reload_successful',
    for: '1m',
    summary: `Prometheus on ${where} rejected its configuration`,
    description:
      'The previous configuration stays active: new rules and targets have no effect. promtool check config shows the error.',
  }),
  counted({
    name: 'StorageFailing',
    severity: 'critical',
    bare: 'increase(prometheus_tsdb_compactions_failed_total[1h])',
    summary: `Prometheus on ${where} cannot write its blocks`,
    description:
      'The usual cause is a full disk. Samples stay in memory and in the write-ahead log, and retention is suspended.',
  }),
  broken({
    name: 'AlertmanagerUnknown',
    severity: 'critical',
    bare: 'prometheus_notifications_alertmanagers_discovered',
    for: '1m',
    summary: `Prometheus on ${where} has no Alertmanager`,
    description: 'No alert leaves Prometheus. Check the target file of job alertmanager.',
  }),
  {
    // A restart of Alertmanager fails one send. Watchdog is sent every minute, so an Alertmanager that stays down keeps failing.
    ...counted({
      name: 'AlertsNotSent',
      severity: 'critical',
      bare: 'increase(prometheus_notifications_errors_total[2m])',
      summary: `Prometheus on ${where} cannot reach Alertmanager {{ $labels.alertmanager }}`,
      description: 'For 3m. Prometheus sends the alerts again at every evaluation; none arrives meanwhile.',
    }),
    for: '3m',
    causedBy: { job: 'alertmanager', window: '6m' },
  },
];

const alertmanagerAlerts: readonly Alert[] = [
  {
    ...counted({
      name: 'NotificationsFailing',
      severity: 'critical',
      bare: 'increase(alertmanager_notifications_failed_total[5m])',
      summary: `Alertmanager on ${where} fails to notify by {{ $labels.integration }}`,
      description: 'The receiver answers with errors or not at all. The log of Alertmanager has the answer.',
    }),
    causedBy: { job: 'relay', window: '6m' },
  },
  broken({
    name: 'AlertmanagerConfigRefused',
    severity: 'warning',
    bare: 'alertmanager_config_last_reload_successful',
    for: '1m',
    summary: `Alertmanager on ${where} rejected its configuration`,
    description: 'The previous configuration stays active. amtool check-config shows the error.',
  }),
];

const gatewayAlerts: readonly Alert[] = [
  {
    name: 'GatewayErrors',
    severity: 'warning',
    bare:
      '100 * sum without (route, method, code) (rate(hostpulse_gateway_http_requests_total{code=~"5.."}[5m]))' +
      ' / (sum without (route, method, code) (rate(hostpulse_gateway_http_requests_total[5m])) > 0)',
    operator: '>',
    threshold: 5,
    unit: 'percent',
    for: '5m',
    summary: `Gateway on ${where} fails {{ $value | printf "%.1f" }} % of its requests`,
    description: 'More than 5 % of requests failed with 5xx for 5m. /api/v1/health shows which component is down.',
  },
  {
    name: 'RetentionFailing',
    severity: 'warning',
    bare: 'time() - hostpulse_gateway_retention_last_success_timestamp_seconds',
    operator: '>',
    threshold: 172_800,
    unit: 'seconds',
    summary: `Gateway on ${where} has not deleted old samples for {{ $value | humanizeDuration }}`,
    description:
      'The nightly job has not succeeded for two days, and disk use grows. The log of the gateway has the reason.',
  },
];

/** Returns the family with the pushing host, instead of the gateway, as `instance`. */
function ofHost(family: string): string {
  return `max by (instance) (label_replace(${family}, "instance", "$1", "host", "(.+)"))`;
}

/** Returns the values with the labels of the host's `up`, such as `env`; of hosts without `up`, as they are. */
function withHostLabels(byInstance: string): string {
  return `(0 * up{job="node"} + on (instance) group_left () ${byInstance} or on (instance) ${byInstance})`;
}

const ingestAlerts: readonly Alert[] = [
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
    // The gauge is the smallest lag of several pushes: a host that sends its backlog does not look like one with a slow clock.
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
      ` unless on () (max(up{job="gateway"}) == 1 and ${wasStopped({ job: 'gateway', window: '2m' })})`,
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
    causedBy: { job: 'gateway', window: '3m' },
    summary: 'No gateway reports whether pushed hosts are up',
    description: 'For {{ $value | humanizeDuration }}. HostDown cannot fire for these hosts meanwhile.',
  },
];

const relayAlerts: readonly Alert[] = [
  counted({
    name: 'RelayDeliveryLost',
    severity: 'critical',
    bare: 'increase(hostpulse_relay_deliveries_total{outcome="drop"}[5m])',
    summary: `Relay on ${where} gave up on a notification to {{ $labels.channel }}`,
    description: 'The channel rejected the notification permanently. `hostpulse relay dead list` shows the reason.',
  }),
  {
    name: 'RelayDeliveryDelayed',
    severity: 'warning',
    bare: 'hostpulse_relay_outbox_oldest_age_seconds',
    operator: '>',
    threshold: 300,
    unit: 'seconds',
    for: '1m',
    summary: `Relay on ${where}: a notification has waited {{ $value | humanizeDuration }} for {{ $labels.channel }}`,
    description: 'The channel is unreachable or slow; the relay retries for 24 h.',
  },
  {
    name: 'RelaySilent',
    severity: 'critical',
    // Watchdog makes Alertmanager call every 5 minutes. For a relay that was never called, the time counts from its start.
    bare: 'time() - (hostpulse_relay_last_webhook_timestamp_seconds or on (instance) process_start_time_seconds{job="relay"})',
    operator: '>',
    threshold: 900,
    unit: 'seconds',
    for: '1m',
    causedBy: { job: 'alertmanager', window: '3m' },
    summary: `Relay on ${where} has received nothing for {{ $value | humanizeDuration }}`,
    description: 'Watchdog always fires and did not arrive: the path from Prometheus through Alertmanager is broken.',
  },
];

const watchdog: Alert = {
  name: 'Watchdog',
  severity: 'none',
  bare: 'vector(1)',
  operator: '==',
  threshold: 1,
  unit: 'state',
  summary: 'The alert chain works',
  description: 'Always fires. When it stops arriving, the alert chain is broken.',
};

export const programAlerts: readonly Alert[] = [
  watchdog,
  ...programs.map(down),
  ...prometheusAlerts,
  ...alertmanagerAlerts,
  ...gatewayAlerts,
  ...ingestAlerts,
  ...relayAlerts,
];
