/** Defines the cases of the alerts about hardware, clock, services, tables of the kernel and file descriptors of processes. */
import type { AlertCase } from './alert-case.ts';
import { constant, type Steady } from './case-file.ts';

const sensor = 'chip="platform_coretemp_0",sensor="temp1"';

/** A sensor whose critical temperature is 100 °C. */
function temperature(celsius: number): Readonly<Record<string, Steady>> {
  return {
    [`node_hwmon_temp_celsius{${sensor}}`]: constant(celsius),
    [`node_hwmon_temp_crit_celsius{${sensor}}`]: constant(100),
  };
}

/** An array of two disks. */
function raid(active: number): Readonly<Record<string, Steady>> {
  return {
    'node_md_disks_required{device="md0"}': constant(2),
    'node_md_disks{device="md0",state="active"}': constant(active),
    'node_md_disks{device="md0",state="failed"}': constant(2 - active),
  };
}

/** A clock that nothing has set for a while. */
function clock(maxErrorSeconds: number): Readonly<Record<string, Steady>> {
  return { node_timex_sync_status: constant(0), node_timex_maxerror_seconds: constant(maxErrorSeconds) };
}

function unit(state: string): string {
  return `name="web.service",state="${state}",type="simple"`;
}

/** The warning above 80 % and the critical alert above 95 % of a table of 1,000 entries. */
function tableCases(name: string, metric: string, [used, limit]: readonly [string, string]): readonly AlertCase[] {
  const table = (percent: number) => ({ [used]: constant(10 * percent), [limit]: constant(1_000) });
  return [
    { alert: `${name}High`, severity: 'warning', metric, forSeconds: 300, above: table(80.1), below: table(80) },
    { alert: `${name}Critical`, severity: 'critical', metric, forSeconds: 60, above: table(95.1), below: table(95) },
  ];
}

export const hardwareAlertCases: readonly AlertCase[] = [
  ...tableCases('ConntrackUsage', 'conntrack.usage.percent', [
    'node_nf_conntrack_entries',
    'node_nf_conntrack_entries_limit',
  ]),
  ...tableCases('FileDescriptorUsage', 'files.usage.percent', ['node_filefd_allocated', 'node_filefd_maximum']),
  {
    alert: 'ProcessFilesHigh',
    severity: 'warning',
    labels: 'groupname="java"',
    forSeconds: 300,
    above: { 'namedprocess_namegroup_worst_fd_ratio{groupname="java"}': constant(0.91) },
    below: { 'namedprocess_namegroup_worst_fd_ratio{groupname="java"}': constant(0.89) },
  },
  {
    alert: 'TemperatureHigh',
    severity: 'warning',
    labels: sensor,
    forSeconds: 300,
    above: temperature(96),
    below: temperature(95),
  },
  {
    alert: 'TemperatureCritical',
    severity: 'critical',
    labels: sensor,
    forSeconds: 60,
    above: temperature(99.5),
    below: temperature(99),
  },
  {
    alert: 'RaidDegraded',
    severity: 'critical',
    labels: 'device="md0"',
    forSeconds: 60,
    above: raid(1),
    below: raid(2),
  },
  {
    alert: 'ClockNotSynchronised',
    severity: 'warning',
    forSeconds: 900,
    above: clock(16),
    below: clock(15.9),
  },
  {
    alert: 'UnitFailed',
    severity: 'warning',
    labels: unit('failed'),
    forSeconds: 300,
    above: { [`node_systemd_unit_state{${unit('failed')}}`]: constant(1) },
    below: {
      [`node_systemd_unit_state{${unit('failed')}}`]: constant(0),
      [`node_systemd_unit_state{${unit('active')}}`]: constant(1),
    },
  },
];
