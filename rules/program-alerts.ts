/** Default alerts about the monitoring itself: one for each way in which our own programs can fail. */
import type { Alert } from './alert.ts';

const where = '{{ $labels.instance }}';

interface Program {
  readonly name: string;
  readonly job: string;
  readonly consequence: string;
}

const programs: readonly Program[] = [
  { name: 'Prometheus', job: 'prometheus', consequence: 'Its own failures can no longer be seen.' },
  { name: 'Alertmanager', job: 'alertmanager', consequence: 'Alerts reach nobody until it is back.' },
  { name: 'Gateway', job: 'gateway', consequence: 'Pushes wait in the buffers of the hosts; the API is away.' },
  { name: 'Relay', job: 'relay', consequence: 'Alerts reach nobody until it is back; Alertmanager repeats them.' },
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

/** An alert at the first of the events that a counter counts. */
function counted(alert: Pick<Alert, 'name' | 'severity' | 'bare' | 'summary' | 'description'>): Alert {
  return { ...alert, operator: '>', threshold: 0, unit: 'count' };
}

/** An alert on a gauge that is 1 while all is well. */
function broken(alert: Pick<Alert, 'name' | 'severity' | 'bare' | 'for' | 'summary' | 'description'>): Alert {
  return { ...alert, operator: '==', threshold: 0, unit: 'state' };
}

const prometheusAlerts: readonly Alert[] = [
  counted({
    name: 'RuleEvaluationsFailing',
    severity: 'critical',
    bare: 'increase(prometheus_rule_evaluation_failures_total[5m])',
    summary: `Prometheus on ${where} could not evaluate rules of {{ $labels.rule_group }}`,
    description: 'These alerts are blind, these rollups have holes. /api/v1/rules shows the error of each rule.',
  }),
  counted({
    name: 'RuleEvaluationsMissed',
    severity: 'warning',
    bare: 'increase(prometheus_rule_group_iterations_missed_total[5m])',
    summary: `Prometheus on ${where} skipped evaluations of {{ $labels.rule_group }}`,
    description:
      'The group takes longer than its interval, or the machine stood still: rollups of that time are missing.',
  }),
  broken({
    name: 'PrometheusConfigRefused',
    severity: 'warning',
    bare: 'prometheus_config_last_reload_successful',
    for: '1m',
    summary: `Prometheus on ${where} refused its configuration`,
    description:
      'It runs on the last good one: new rules and targets have no effect. promtool check config names the fault.',
  }),
  counted({
    name: 'StorageFailing',
    severity: 'critical',
    bare: 'increase(prometheus_tsdb_compactions_failed_total[1h])',
    summary: `Prometheus on ${where} cannot write its blocks`,
    description: 'Most often the disk is full. Samples stay in memory and log until it can; retention stands still.',
  }),
  broken({
    name: 'AlertmanagerUnknown',
    severity: 'critical',
    bare: 'prometheus_notifications_alertmanagers_discovered',
    for: '1m',
    summary: `Prometheus on ${where} knows no Alertmanager`,
    description: 'No alert leaves Prometheus. Check the target file of job alertmanager.',
  }),
  {
    // A restart of Alertmanager alone fails once; Watchdog is sent every minute, so an Alertmanager that stays away fails on.
    ...counted({
      name: 'AlertsNotSent',
      severity: 'critical',
      bare: 'increase(prometheus_notifications_errors_total[2m])',
      summary: `Prometheus on ${where} cannot reach Alertmanager {{ $labels.alertmanager }}`,
      description: 'For 3m. Alerts are sent again at every evaluation; none arrive meanwhile.',
    }),
    for: '3m',
  },
];

const alertmanagerAlerts: readonly Alert[] = [
  counted({
    name: 'NotificationsFailing',
    severity: 'critical',
    bare: 'increase(alertmanager_notifications_failed_total[5m])',
    summary: `Alertmanager on ${where} fails to notify by {{ $labels.integration }}`,
    description: "The receiver answers errors or nothing. Alertmanager's log has its words.",
  }),
  broken({
    name: 'AlertmanagerConfigRefused',
    severity: 'warning',
    bare: 'alertmanager_config_last_reload_successful',
    for: '1m',
    summary: `Alertmanager on ${where} refused its configuration`,
    description: 'It runs on the last good one. amtool check-config names the fault.',
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
    description: 'Above 5 % with a status of 5xx for 5m. /api/v1/health names the part that is away.',
  },
  {
    name: 'RetentionFailing',
    severity: 'warning',
    bare: 'time() - hostpulse_gateway_retention_last_success_timestamp_seconds',
    operator: '>',
    threshold: 172_800,
    unit: 'seconds',
    summary: `Old samples have not been deleted for {{ $value | humanizeDuration }}, says the gateway on ${where}`,
    description: "The nightly job did not end well for two days: disk use grows. The gateway's log has the reason.",
  },
];

/** Of the host that pushes, not of the gateway that says so. */
function ofHost(family: string): string {
  return `max by (instance) (label_replace(${family}, "instance", "$1", "host", "(.+)"))`;
}

const intakeAlerts: readonly Alert[] = [
  {
    name: 'GatewayQueueOld',
    severity: 'warning',
    bare: 'hostpulse_gateway_queue_oldest_age_seconds',
    operator: '>',
    threshold: 300,
    unit: 'seconds',
    for: '1m',
    summary: `Gateway on ${where}: pushed samples have waited {{ $value | humanizeDuration }} for Prometheus`,
    description: "Prometheus is away, refuses or is too slow; samples are kept. The gateway's log has its words.",
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
    description: 'At 100 % pushes are answered 503 and wait in the buffers of the hosts. Bring Prometheus back.',
  },
  broken({
    name: 'GatewayQueueUnwritable',
    severity: 'critical',
    bare: 'hostpulse_gateway_queue_writable',
    for: '1m',
    summary: `Gateway on ${where} cannot write its queue`,
    description: 'Pushes are answered 503 and wait in the buffers of the hosts. Most often the disk is full.',
  }),
  counted({
    name: 'SamplesLost',
    severity: 'critical',
    bare: 'sum without (reason) (increase(hostpulse_gateway_samples_dropped_total{reason!~"conflict|duplicate|scraped"}[5m]))',
    summary: `Gateway on ${where} lost samples that it had accepted`,
    description:
      'Prometheus refused them for good, or they waited too long. hostpulse_gateway_samples_dropped_total has the reasons.',
  }),
  counted({
    name: 'ScrapedHostPushes',
    severity: 'warning',
    bare: 'sum without (way, reason) (increase(hostpulse_gateway_samples_rejected_total{reason="scraped"}[5m]))',
    summary: `Gateway on ${where} refuses pushes of hosts that Prometheus scrapes`,
    description: 'A host is scraped or pushed, never both. Turn one of the two off; the gateway answers with its name.',
  }),
  {
    name: 'PushedClockSkewed',
    severity: 'warning',
    // Late at best over several pushes: a host that drains its buffer is not one whose clock is slow.
    bare: `abs(${ofHost('hostpulse_gateway_host_clock_skew_seconds')})`,
    operator: '>',
    threshold: 30,
    unit: 'seconds',
    for: '5m',
    summary: `${where}: clock is off by {{ $value | humanizeDuration }}`,
    description: "Its newest samples are more than 30 s from the gateway's clock for 5m. Check time synchronisation.",
  },
  {
    name: 'LivenessUnknown',
    severity: 'warning',
    // Prometheus writes it for scraped hosts at every scrape, failed ones too: only a gateway that is away leaves it old.
    bare: 'time() - timestamp(up{job="node"})',
    operator: '>',
    // A restart of the gateway takes less.
    threshold: 90,
    unit: 'seconds',
    summary: `${where}: nobody knows whether it is up`,
    description:
      'It pushes, and no gateway has said for 90 s whether it is up. GatewayDown or the log of the gateway says why.',
  },
  {
    name: 'LivenessNotWritten',
    severity: 'critical',
    bare: 'time() - max(max_over_time(hostpulse_gateway_liveness_timestamp_seconds[1d]))',
    operator: '>',
    threshold: 60,
    unit: 'seconds',
    for: '1m',
    summary: 'No gateway writes whether hosts that push are up',
    description: 'For {{ $value | humanizeDuration }}. Until one does, HostDown is silent for them.',
  },
];

const relayAlerts: readonly Alert[] = [
  counted({
    name: 'RelayDeliveryLost',
    severity: 'critical',
    bare: 'increase(hostpulse_relay_deliveries_total{outcome="drop"}[5m])',
    summary: `Relay on ${where} gave up a notification to {{ $labels.channel }}`,
    description: "The channel refused it for good. The relay's log and the notification's row have the reason.",
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
    description: 'The channel is away or slow; the relay retries for 24 h.',
  },
  {
    name: 'RelaySilent',
    severity: 'critical',
    // Watchdog makes Alertmanager call every 5 minutes. A relay that was never called counts from its start.
    bare: 'time() - (hostpulse_relay_last_webhook_timestamp_seconds or on (instance) process_start_time_seconds{job="relay"})',
    operator: '>',
    threshold: 900,
    unit: 'seconds',
    for: '1m',
    summary: `Relay on ${where} has heard nothing for {{ $value | humanizeDuration }}`,
    description: 'Not even Watchdog, which always fires: the way from Prometheus through Alertmanager is broken.',
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
  description: 'Always fires. Whoever stops hearing it knows that the chain is broken.',
};

export const programAlerts: readonly Alert[] = [
  watchdog,
  ...programs.map(down),
  ...prometheusAlerts,
  ...alertmanagerAlerts,
  ...gatewayAlerts,
  ...intakeAlerts,
  ...relayAlerts,
];
