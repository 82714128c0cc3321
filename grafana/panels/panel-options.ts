/**
 * Defines options that panels share: colours of values, which change at the thresholds of the default alerts, and links, which keep time range,
 * data source and job, and select the clicked host.
 */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { hostAlerts } from '../../rules/host-alerts.ts';

const colours = { none: 'green', warning: 'orange', critical: 'red' } as const;

/** Returns the thresholds of the default alerts about a metric as colours. Returns undefined for a metric without a default alert. */
export function tryAlertSteps(metric: string): readonly dashboard.Threshold[] | undefined {
  const steps = hostAlerts
    .filter((alert) => alert.metric === metric && alert.operator === '>')
    .map(({ severity, threshold }) => ({ value: threshold, color: colours[severity] }))
    .sort((left, right) => left.value - right.value);
  return steps.length === 0 ? undefined : [base, ...steps];
}

/** The colour below the first threshold. */
const base: dashboard.Threshold = { value: null, color: 'green' };

export function thresholdsOf(steps: readonly dashboard.Threshold[] = [base]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([...steps]);
}

/** Load per core: above 1 processes wait; above 2 more processes wait than run. */
export const loadSteps: readonly dashboard.Threshold[] = [
  base,
  { value: 1, color: colours.warning },
  { value: 2, color: colours.critical },
];

/** Red from 1. */
export const anyIsBad = (color: string): readonly dashboard.Threshold[] => [base, { value: 1, color }];

const kept = '${__url_time_range}&${datasource:queryparam}&${job:queryparam}';

export const uids = {
  overview: 'hostpulse-overview',
  cpu: 'hostpulse-cpu',
  memory: 'hostpulse-memory',
  disk: 'hostpulse-disk',
  network: 'hostpulse-network',
  host: 'hostpulse-host',
} as const;

/** Link of a table cell that contains a host, to this host. */
export const hostOfRow = { title: 'Open this host', url: `/d/${uids.host}?${kept}&var-instance=\${__value.raw}` };

/** Link of a line or a bar to its host. */
export const hostOfSeries = {
  title: 'Open this host',
  url: `/d/${uids.host}?${kept}&var-instance=\${__field.labels.instance}`,
};

export function dataLink({ title, url }: typeof hostOfSeries): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder(title).url(url).type(dashboard.DashboardLinkType.Link);
}

/** Returns the link of a panel to the dashboard with more detail, for the same hosts. */
export function moreOn(title: string, uid: string): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder(title)
    .type(dashboard.DashboardLinkType.Link)
    .url(`/d/${uid}?${kept}&\${instance:queryparam}`);
}
