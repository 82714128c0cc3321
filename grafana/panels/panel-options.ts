/** Links of panels: they keep time range, data source and job, and select the clicked host. */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

const kept = '${__url_time_range}&${datasource:queryparam}&${job:queryparam}';

export const uids = {
  overview: 'hostpulse-overview',
  cpu: 'hostpulse-cpu',
  memory: 'hostpulse-memory',
  disk: 'hostpulse-disk',
  network: 'hostpulse-network',
  host: 'hostpulse-host',
} as const;

/** Link of a table cell that contains a host. */
export const hostOfRow = { title: 'Open this host', url: `/d/${uids.host}?${kept}&var-instance=\${__value.raw}` };

/** Link of a line or a bar. */
export const hostOfSeries = {
  title: 'Open this host',
  url: `/d/${uids.host}?${kept}&var-instance=\${__field.labels.instance}`,
};

export function dataLink({ title, url }: typeof hostOfSeries): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder(title).url(url).type(dashboard.DashboardLinkType.Link);
}

/** Link of a panel to the dashboard with more detail, for the same hosts. */
export function moreOn(title: string, uid: string): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder(title)
    .type(dashboard.DashboardLinkType.Link)
    .url(`/d/${uid}?${kept}&\${instance:queryparam}`);
}
