/** Defines the panels and columns that several dashboards share. */
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import { type Column, tablePanel } from '../panels/table.ts';
import { began, firing, upOfHosts } from '../queries/queries.ts';

export const upMappings: readonly dashboard.ValueMapping[] = [
  {
    type: dashboard.MappingType.ValueToText,
    options: { '0': { text: 'down', color: 'red', index: 0 }, '1': { text: 'up', color: 'green', index: 1 } },
  },
];

export const upSteps: readonly dashboard.Threshold[] = [
  { value: null, color: 'red' },
  { value: 1, color: 'green' },
];

export function upColumn(): Column {
  return {
    title: 'State',
    unit: 'short',
    expr: `max by (instance) (${upOfHosts})`,
    steps: upSteps,
    mappings: upMappings,
  };
}

/** Time at which the condition of the alert became true. */
export function alertsTable(width: number): table.PanelBuilder {
  const since = `1000 * ${began} and ignoring (alertstate) ${firing}`;
  return tablePanel({
    title: 'Firing alerts',
    description:
      'Alerts of severity critical and warning that fire at the end of the time range, and the time at which their conditions became true.',
    labels: { severity: 'Severity', alertname: 'Alert', instance: 'Host', device: 'Device', mountpoint: 'Mount point' },
    columns: [
      {
        title: 'Since',
        unit: 'dateTimeFromNow',
        expr: `min by (severity, alertname, instance, device, mountpoint) (${since})`,
      },
    ],
    sortBy: 'Since',
    isDescending: true,
    noValue: 'No alerts',
    width,
    height: 7,
  });
}
