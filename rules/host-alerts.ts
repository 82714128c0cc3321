/** Default alerts about hosts, active before any custom rule exists. */
import { metricByName, recordingName } from '../common/catalogue/metrics.ts';
import { currentExpression, renderSelector } from '../common/catalogue/promql.ts';
import type { Alert, Severity } from './alert.ts';
import { type Fleet, holdSeconds, ownFleet, renderDuration } from './fleet.ts';

interface Level {
  readonly severity: Severity;
  readonly threshold: number;
  readonly forSeconds: number;
}

interface UsageAlert {
  readonly name: string;
  readonly metric: string;
  readonly levels: readonly Level[];
  /** The measured value in the summary, with the labels that identify it: `disk usage of / (/dev/sda1)`. */
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
      { severity: 'warning', threshold: 80, forSeconds: 300 },
      { severity: 'critical', threshold: 95, forSeconds: 120 },
    ],
    subject: 'CPU usage',
    advice: 'Look for the busiest processes on the host.',
  },
  {
    name: 'Iowait',
    metric: 'cpu.usage.iowait',
    levels: [{ severity: 'warning', threshold: 50, forSeconds: 300 }],
    subject: 'CPU time waiting for I/O',
    advice: 'A disk is too slow for its load, or is failing. Compare disk.io.* of the devices.',
  },
  {
    name: 'MemoryUsage',
    metric: 'memory.usage.percent',
    levels: [
      { severity: 'warning', threshold: 85, forSeconds: 60 },
      { severity: 'critical', threshold: 95, forSeconds: 60 },
    ],
    subject: 'memory usage',
    advice: 'Little reclaimable memory is left; next the kernel swaps, or kills a process.',
  },
  {
    name: 'DiskUsage',
    metric: 'disk.usage.percent',
    levels: [
      { severity: 'warning', threshold: 80, forSeconds: 60 },
      { severity: 'critical', threshold: 90, forSeconds: 60 },
    ],
    subject: `disk usage of ${filesystem}`,
    advice: 'Delete or move files, or grow the file system, before writes fail.',
  },
  {
    name: 'InodeUsage',
    metric: 'disk.inode.usage.percent',
    levels: [
      { severity: 'warning', threshold: 80, forSeconds: 60 },
      { severity: 'critical', threshold: 90, forSeconds: 60 },
    ],
    subject: `inode usage of ${filesystem}`,
    advice:
      'Without free inodes no file can be created, even with free space. Look for directories with very many small files.',
  },
];

/** Returns one alert per level: `CpuUsageHigh` for the warning, `CpuUsageCritical` for the critical level. */
function levelsOf({ name, metric, levels, subject, advice }: UsageAlert, fleet: Fleet): readonly Alert[] {
  const bare = currentExpression(catalogued(metric), fleet.matchers, fleet.intervalSeconds);
  return levels.map(({ severity, threshold, forSeconds }) => ({
    name: `${name}${severity === 'critical' ? 'Critical' : 'High'}`,
    severity,
    metric,
    bare,
    operator: '>',
    threshold,
    unit: catalogued(metric).unit,
    for: hold(forSeconds, fleet),
    summary: `${host}: ${subject} is ${percentValue}`,
    description: `Above ${threshold} % for ${hold(forSeconds, fleet)}. ${advice}`,
  }));
}

function catalogued(name: string) {
  const metric = metricByName(name);
  if (metric === undefined) throw new Error(`alert on ${name}: expected a metric of the catalogue`);
  return metric;
}

/**
 * Extrapolates free space over six hours of recorded minutes, which cost a twelfth of raw samples. Requires one hour of
 * points.
 */
function secondsUntilFull(): string {
  const free = recordingName(catalogued('disk.usage.free'), 'avg', '1m');
  return `${free} / (-deriv(${free}[6h]) > 0) and count_over_time(${free}[6h]) >= 60`;
}

function hold(seconds: number, fleet: Fleet): string {
  return renderDuration(holdSeconds(seconds, fleet));
}

/** Returns the alerts about hosts that read raw samples. */
export function createHostAlerts(fleet: Fleet): readonly Alert[] {
  const select = (family: string): string => renderSelector(family, fleet.matchers);
  const time = select('node_time_seconds');
  const success = select('node_scrape_collector_success');
  const downFor = hold(60, fleet);
  const skewedFor = hold(120, fleet);
  return [
    {
      name: 'HostDown',
      severity: 'critical',
      bare: renderSelector('up', [fleet.up]),
      operator: '==',
      threshold: 0,
      unit: 'state',
      for: downFor,
      summary: `${host} is down`,
      description: `No samples from its exporter for ${downFor === '1m' ? 'one minute' : downFor}: the host, its network or the exporter is down.`,
    },
    ...usageAlerts.flatMap((alert) => levelsOf(alert, fleet)),
    {
      name: 'ClockSkewed',
      severity: 'warning',
      // Works for scraped hosts only: Prometheus timestamps a scraped sample, while a pushed sample has the host's own timestamp.
      bare: `abs(${time} - timestamp(${time}))`,
      operator: '>',
      threshold: 10,
      unit: 'seconds',
      for: skewedFor,
      summary: `${host}: clock is off by {{ $value | humanizeDuration }}`,
      description: `The clocks of the host and of Prometheus differ by more than 10 s for ${skewedFor}. Check time synchronisation on both.`,
    },
    {
      name: 'CollectorFailing',
      severity: 'warning',
      // Success is also 0 on a host without the hardware: the alert requires that the collector worked before.
      bare: `${success} and (max_over_time(${success}[6h:5m]) == 1)`,
      operator: '==',
      threshold: 0,
      unit: 'state',
      for: hold(300, fleet),
      summary: `${host}: collector {{ $labels.collector }} fails`,
      description:
        'The collector worked within the last six hours. Its series are missing, and alerts on them cannot fire. The log of the exporter has the error.',
    },
  ];
}

export const hostAlerts: readonly Alert[] = createHostAlerts(ownFleet);

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
    description: 'At the rate of the last six hours, the file system fills within a day.',
  },
];
