/** Lists the cases of the alerts of workload-alerts.ts. */
import type { AlertCase, CaseSeries } from './alert-case.ts';
import { constant, increasing } from './case-file.ts';

/** Returns the memory of a unit or container whose limit is 1,000 bytes. */
function memoryOf(limit: string, prefix: string, labels: string, bytes: number): CaseSeries {
  return {
    [`${limit}{${labels}}`]: constant(1_000),
    [`${prefix}_memory_working_set_bytes{${labels}}`]: constant(bytes),
  };
}

const sensor = 'chip="platform_coretemp_0",sensor="temp1"';

/** A sensor whose critical temperature is 100 °C. */
function temperature(celsius: number): CaseSeries {
  return {
    [`node_hwmon_temp_celsius{${sensor}}`]: constant(celsius),
    [`node_hwmon_temp_crit_celsius{${sensor}}`]: constant(100),
  };
}

/** An array of two disks. */
function raid(active: number): CaseSeries {
  return {
    'node_md_disks_required{device="md0"}': constant(2),
    'node_md_disks{device="md0",state="active"}': constant(active),
    'node_md_disks{device="md0",state="failed"}': constant(2 - active),
  };
}

/** A clock that nothing has set for a while. */
function clock(maxErrorSeconds: number): CaseSeries {
  return { node_timex_sync_status: constant(0), node_timex_maxerror_seconds: constant(maxErrorSeconds) };
}

function unit(state: string): string {
  return `name="web.service",state="${state}",type="simple"`;
}

const starts = 'hostpulse_unit_starts_total{unit="web.service"}';

export const workloadAlertCases: readonly AlertCase[] = [
  {
    alert: 'OomKill',
    severity: 'warning',
    forSeconds: 15,
    needsSecondScrape: true,
    above: { node_vmstat_oom_kill: increasing(0.01) },
    below: { node_vmstat_oom_kill: constant(3) },
  },
  {
    alert: 'UnitRestartsOften',
    severity: 'warning',
    labels: 'unit="web.service"',
    forSeconds: 600,
    needsSecondScrape: true,
    // Far beyond the threshold, because most of the rate's window is empty at the second scrape.
    above: { [starts]: increasing(1) },
    below: { [starts]: increasing(1.48 / 60) },
  },
  {
    alert: 'UnitMemoryHigh',
    severity: 'warning',
    labels: 'unit="web.service"',
    forSeconds: 300,
    above: memoryOf('hostpulse_unit_memory_limit_bytes', 'hostpulse_unit', 'unit="web.service"', 901),
    below: memoryOf('hostpulse_unit_memory_limit_bytes', 'hostpulse_unit', 'unit="web.service"', 900),
  },
  {
    alert: 'ContainerMemoryHigh',
    severity: 'warning',
    labels: 'name="web"',
    forSeconds: 300,
    above: memoryOf('container_spec_memory_limit_bytes', 'container', 'id="c1",image="i1",name="web"', 901),
    below: memoryOf('container_spec_memory_limit_bytes', 'container', 'id="c1",image="i1",name="web"', 900),
  },
  {
    alert: 'ProcessFilesHigh',
    severity: 'warning',
    labels: 'groupname="java"',
    forSeconds: 300,
    above: { 'namedprocess_namegroup_worst_fd_ratio{groupname="java"}': constant(0.91) },
    below: { 'namedprocess_namegroup_worst_fd_ratio{groupname="java"}': constant(0.89) },
  },
  {
    alert: 'DiskSmartFailing',
    severity: 'critical',
    labels: 'device="sda"',
    forSeconds: 60,
    above: { 'smartctl_device_smart_status{device="sda"}': constant(0) },
    below: { 'smartctl_device_smart_status{device="sda"}': constant(1) },
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
