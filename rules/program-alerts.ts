/** Defines the default alerts about hostpulse, Prometheus and Alertmanager: one alert for each way in which a program can fail. */
import { type Alert, broken, counted, percentValue, where } from './alert.ts';
import { ingestAlerts } from './ingest-alerts.ts';

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

/** Replaces the label `rule_group` (`/path/file;group`) by `group`: a file path is no label of an alert. */
function byRuleGroup(expression: string): string {
  return `sum without (rule_group) (label_replace(${expression}, "group", "$1", "rule_group", ".*;(.*)"))`;
}

const prometheusAlerts: readonly Alert[] = [
  counted({
    name: 'RuleEvaluationsFailing',
    severity: 'critical',
    bare: byRuleGroup('increase(prometheus_rule_evaluation_failures_total[5m])'),
    summary: `Prometheus on ${where} could not evaluate rules of {{ $labels.group }}`,
    description:
      'Alerts of the group cannot fire, and its rollups have gaps. /api/v1/rules shows the error of each rule.',
  }),
  counted({
    name: 'RuleEvaluationsMissed',
    severity: 'warning',
    bare: byRuleGroup('increase(prometheus_rule_group_iterations_missed_total[5m])'),
    summary: `Prometheus on ${where} skipped evaluations of {{ $labels.group }}`,
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
    causedBy: [{ of: 'alertmanager', window: '6m' }],
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
    causedBy: [
      { of: 'relay', window: '6m' },
      { of: 'database', window: '6m' },
    ],
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
  broken({
    name: 'DatabaseDown',
    severity: 'critical',
    bare: 'hostpulse_gateway_database_up',
    for: '1m',
    summary: `Gateway on ${where} cannot use its database`,
    description:
      'For 1m. Requests with keys are answered with 503, and alerts wait in Alertmanager. The log of the gateway has the error.',
  }),
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
    causedBy: [{ of: 'database', window: '6m' }],
    summary: `Gateway on ${where} fails ${percentValue} of its requests`,
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
    causedBy: [
      { of: 'alertmanager', window: '3m' },
      { of: 'database', window: '6m' },
    ],
    summary: `Relay on ${where} has received nothing for {{ $value | humanizeDuration }}`,
    description: 'Watchdog always fires and did not arrive: the path from Prometheus through Alertmanager is broken.',
  },
];

export const watchdog: Alert = {
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
