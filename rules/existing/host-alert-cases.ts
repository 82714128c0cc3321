/** Lists the cases of the alerts of host-alerts.ts that read raw samples. */
import type { AlertCase, CaseSeries } from './alert-case.ts';
import { constant, filesystem, increasing } from './case-file.ts';

function cpu(mode: string, percent: number): CaseSeries {
  return {
    [`node_cpu_seconds_total{cpu="0",mode="${mode}"}`]: increasing(percent / 100),
    'node_cpu_seconds_total{cpu="0",mode="idle"}': increasing(1 - percent / 100),
  };
}

function memory(percent: number): CaseSeries {
  return {
    node_memory_MemTotal_bytes: constant(1_000),
    node_memory_MemAvailable_bytes: constant(1_000 - 10 * percent),
  };
}

function space(percent: number): CaseSeries {
  return {
    [`node_filesystem_size_bytes{${filesystem}}`]: constant(1_000),
    [`node_filesystem_free_bytes{${filesystem}}`]: constant(1_000 - 10 * percent),
    [`node_filesystem_avail_bytes{${filesystem}}`]: constant(1_000 - 10 * percent),
  };
}

function inodes(percent: number): CaseSeries {
  return {
    [`node_filesystem_files{${filesystem}}`]: constant(1_000),
    [`node_filesystem_files_free{${filesystem}}`]: constant(1_000 - 10 * percent),
  };
}

/** Returns a clock that is ahead of Prometheus' clock by the same number of seconds at each scrape. */
function ahead(seconds: number): CaseSeries {
  return { node_time_seconds: { start: seconds, perSecond: 1 } };
}

const usage = { cpu: 'cpu.usage.total', disk: 'disk.usage.percent', inodes: 'disk.inode.usage.percent' } as const;
const success = 'node_scrape_collector_success{collector="cpu"}';

export const hostAlertCases: readonly AlertCase[] = [
  { alert: 'HostDown', severity: 'critical', forSeconds: 60, above: { up: constant(0) }, below: { up: constant(1) } },
  {
    alert: 'CpuUsageHigh',
    severity: 'warning',
    metric: usage.cpu,
    forSeconds: 300,
    needsSecondScrape: true,
    above: cpu('user', 80.2),
    below: cpu('user', 79.8),
  },
  {
    alert: 'CpuUsageCritical',
    severity: 'critical',
    metric: usage.cpu,
    forSeconds: 120,
    needsSecondScrape: true,
    above: cpu('user', 95.2),
    below: cpu('user', 94.8),
  },
  {
    alert: 'IowaitHigh',
    severity: 'warning',
    metric: 'cpu.usage.iowait',
    forSeconds: 300,
    needsSecondScrape: true,
    above: cpu('iowait', 50.2),
    below: cpu('iowait', 49.8),
  },
  {
    alert: 'MemoryUsageHigh',
    severity: 'warning',
    metric: 'memory.usage.percent',
    forSeconds: 60,
    above: memory(85.1),
    below: memory(85),
  },
  {
    alert: 'MemoryUsageCritical',
    severity: 'critical',
    metric: 'memory.usage.percent',
    forSeconds: 60,
    above: memory(95.1),
    below: memory(95),
  },
  {
    alert: 'DiskUsageHigh',
    severity: 'warning',
    metric: usage.disk,
    labels: filesystem,
    forSeconds: 60,
    above: space(80.1),
    below: space(80),
  },
  {
    alert: 'DiskUsageCritical',
    severity: 'critical',
    metric: usage.disk,
    labels: filesystem,
    forSeconds: 60,
    above: space(90.1),
    below: space(90),
  },
  {
    alert: 'InodeUsageHigh',
    severity: 'warning',
    metric: usage.inodes,
    labels: filesystem,
    forSeconds: 60,
    above: inodes(80.1),
    below: inodes(80),
  },
  {
    alert: 'InodeUsageCritical',
    severity: 'critical',
    metric: usage.inodes,
    labels: filesystem,
    forSeconds: 60,
    above: inodes(90.1),
    below: inodes(90),
  },
  { alert: 'ClockSkewed', severity: 'warning', forSeconds: 120, above: ahead(11), below: ahead(9) },
  {
    alert: 'CollectorFailing',
    severity: 'warning',
    labels: 'collector="cpu"',
    forSeconds: 300,
    needsSecondScrape: true,
    above: { [success]: '1 0x200' },
    below: { [success]: '0x200' },
  },
];
