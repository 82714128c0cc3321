/** Default alerts about hosts: what people want to be woken for before they have written a rule. */
import { metricByName } from '../common/catalogue/index.ts';
import { currentExpression } from '../common/catalogue/queries.ts';
import { recordingName } from '../common/catalogue/tiers.ts';
import type { Alert, Severity } from './alert.ts';

interface Level {
  readonly severity: Severity;
  readonly threshold: number;
  readonly for: string;
}

interface UsageAlert {
  readonly name: string;
  readonly metric: string;
  readonly levels: readonly Level[];
  /** What is said to be above the threshold: `CPU usage`, with the labels that tell it apart. */
  readonly subject: string;
  readonly advice: string;
}

const host = '{{ $labels.instance }}';
const filesystem = '{{ $labels.mountpoint }} ({{ $labels.device }})';
const percentValue = '{{ $value | printf "%.1f" }} %';

const usageAlerts: readonly UsageAlert[] = [
  {
    name: 'CpuUsage',
    metric: 'cpu.usage.total',
    levels: [
      { severity: 'warning', threshold: 80, for: '5m' },
      { severity: 'critical', threshold: 95, for: '2m' },
    ],
    subject: 'CPU usage',
    advice: 'Look for the busiest processes on the host.',
  },
  {
    name: 'Iowait',
    metric: 'cpu.usage.iowait',
    levels: [{ severity: 'warning', threshold: 50, for: '5m' }],
    subject: 'CPU time waiting for I/O',
    advice: 'A disk is too slow for its load, or failing: compare disk.io.* of the devices.',
  },
  {
    name: 'MemoryUsage',
    metric: 'memory.usage.percent',
    levels: [
      { severity: 'warning', threshold: 85, for: '1m' },
      { severity: 'critical', threshold: 95, for: '1m' },
    ],
    subject: 'memory usage',
    advice: 'Little is left that the kernel could reclaim; next it swaps or kills.',
  },
  {
    name: 'DiskUsage',
    metric: 'disk.usage.percent',
    levels: [
      { severity: 'warning', threshold: 80, for: '1m' },
      { severity: 'critical', threshold: 90, for: '1m' },
    ],
    subject: `disk usage of ${filesystem}`,
    advice: 'Delete, move or grow before writes fail.',
  },
  {
    name: 'InodeUsage',
    metric: 'disk.inode.usage.percent',
    levels: [
      { severity: 'warning', threshold: 80, for: '1m' },
      { severity: 'critical', threshold: 90, for: '1m' },
    ],
    subject: `inode usage of ${filesystem}`,
    advice:
      'Without inodes no file can be made, whatever space is left: look for directories of very many small files.',
  },
];

/** `CpuUsageHigh` warns, `CpuUsageCritical` is critical. */
function levelsOf({ name, metric, levels, subject, advice }: UsageAlert): readonly Alert[] {
  return levels.map(({ severity, threshold, for: duration }) => ({
    name: `${name}${severity === 'critical' ? 'Critical' : 'High'}`,
    severity,
    metric,
    bare: currentExpression(catalogued(metric)),
    operator: '>',
    threshold,
    unit: catalogued(metric).unit,
    for: duration,
    summary: `${host}: ${subject} is ${percentValue}`,
    description: `Above ${threshold} % for ${duration}. ${advice}`,
  }));
}

function catalogued(name: string) {
  const metric = metricByName(name);
  if (metric === undefined) throw new Error(`alert on ${name}: expected a metric of the catalogue`);
  return metric;
}

/** A line through six hours needs no 5 s points: recorded minutes cost a twelfth. An hour of them is the least to draw it through. */
function secondsUntilFull(): string {
  const free = recordingName(catalogued('disk.usage.free'), 'avg', '1m');
  return `${free} / (-deriv(${free}[6h]) > 0) and count_over_time(${free}[6h]) >= 60`;
}

export const hostAlerts: readonly Alert[] = [
  {
    name: 'HostDown',
    severity: 'critical',
    bare: 'up{job="node"}',
    operator: '==',
    threshold: 0,
    unit: 'state',
    for: '1m',
    summary: `${host} is down`,
    description: 'Nothing was heard from its exporter for a minute: the host, its network or the exporter is down.',
  },
  ...usageAlerts.flatMap(levelsOf),
  {
    name: 'ClockSkewed',
    severity: 'warning',
    // Only a scrape sees it: its timestamps are Prometheus' own. A pushed sample carries the host's clock on both sides.
    bare: 'abs(node_time_seconds - timestamp(node_time_seconds))',
    operator: '>',
    threshold: 10,
    unit: 'seconds',
    for: '2m',
    summary: `${host}: clock is off by {{ $value | humanizeDuration }}`,
    description: "More than 10 s between the host's clock and Prometheus' for 2m. Check time synchronisation on both.",
  },
  {
    name: 'CollectorFailing',
    severity: 'warning',
    // Success is 0, too, where a host has no such hardware: only a collector that worked before is failing now.
    bare: 'node_scrape_collector_success and (max_over_time(node_scrape_collector_success[6h:5m]) == 1)',
    operator: '==',
    threshold: 0,
    unit: 'state',
    for: '5m',
    summary: `${host}: collector {{ $labels.collector }} fails`,
    description:
      "It worked within the last six hours. Its series are missing and alerts on them are blind; the exporter's log says why.",
  },
];

export const forecastAlerts: readonly Alert[] = [
  {
    name: 'DiskFullSoon',
    severity: 'warning',
    metric: 'disk.usage.free',
    bare: secondsUntilFull(),
    operator: '<',
    threshold: 86_400,
    unit: 'seconds',
    for: '30m',
    summary: `${host}: ${filesystem} will be full in {{ $value | humanizeDuration }}`,
    description: 'At the pace of the last six hours the file system fills within a day.',
  },
];
