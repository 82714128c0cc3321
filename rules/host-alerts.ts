/** Defines the default alerts about hosts, which are active without any custom rule. */
import { metricByName, recordingName } from '../common/catalogue/metrics.ts';
import { currentExpression, renderSelector } from '../common/catalogue/promql.ts';
import { type Alert, percentValue, type Severity, where } from './alert.ts';
import { type Fleet, ownFleet, renderHold } from './fleet.ts';

interface Level {
  readonly severity: Severity;
  readonly threshold: number;
  readonly forSeconds: number;
}

interface UsageAlert {
  readonly name: string;
  readonly metric: string;
  readonly levels: readonly Level[];
  /** Whether read-only file systems are left out: an image or a disc is always full, and nothing can be freed on it. */
  readonly isAboutWritable?: true;
  /** The measured value in the summary, with the labels that identify it: `disk usage of / (/dev/sda1)`. */
  readonly subject: string;
  readonly advice: string;
}

const filesystem = '{{ $labels.mountpoint }} ({{ $labels.device }})';

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
    isAboutWritable: true,
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
    isAboutWritable: true,
    subject: `inode usage of ${filesystem}`,
    advice:
      'Without free inodes no file can be created, even with free space. Look for directories with very many small files.',
  },
];

/** Returns one alert per level: `CpuUsageHigh` for the warning, `CpuUsageCritical` for the critical level. */
function levelsOf(usage: UsageAlert, fleet: Fleet): readonly Alert[] {
  const { name, metric, levels, isAboutWritable = false, subject, advice } = usage;
  const readOnly = `${renderSelector('node_filesystem_readonly', fleet.matchers)} == 1`;
  const bare = currentExpression(catalogued(metric), fleet.matchers, fleet.intervalSeconds);
  return levels.map(({ severity, threshold, forSeconds }) => ({
    name: `${name}${severity === 'critical' ? 'Critical' : 'High'}`,
    severity,
    metric,
    bare,
    operator: '>',
    threshold,
    ...(isAboutWritable ? { unless: readOnly } : {}),
    unit: catalogued(metric).unit,
    for: renderHold(forSeconds, fleet),
    summary: `${where}: ${subject} is ${percentValue}`,
    description: `Above ${threshold} % for ${renderHold(forSeconds, fleet)}. ${advice}`,
  }));
}

function catalogued(name: string) {
  const metric = metricByName(name);
  if (metric === undefined) throw new Error(`alert on ${name}: expected a metric of the catalogue`);
  return metric;
}

/** Recorded minutes cost a twelfth of raw samples. */
const freeSpace = recordingName(catalogued('disk.usage.free'), 'avg', '1m');
const allSpace = recordingName(catalogued('disk.usage.total'), 'avg', '1m');

/** Extrapolates free space over six hours. Requires one hour of points. */
const secondsUntilFull = `${freeSpace} / (-deriv(${freeSpace}[6h]) > 0) and count_over_time(${freeSpace}[6h]) >= 60`;

/** Returns the alerts about hosts that read raw samples. */
export function createHostAlerts(fleet: Fleet): readonly Alert[] {
  const select = (family: string): string => renderSelector(family, fleet.matchers);
  const time = select('node_time_seconds');
  const success = select('node_scrape_collector_success');
  const downFor = renderHold(60, fleet);
  const skewedFor = renderHold(120, fleet);
  return [
    {
      name: 'HostDown',
      severity: 'critical',
      bare: renderSelector('up', [fleet.up]),
      operator: '==',
      threshold: 0,
      unit: 'state',
      for: downFor,
      summary: `${where} is down`,
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
      summary: `${where}: clock is off by {{ $value | humanizeDuration }}`,
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
      for: renderHold(300, fleet),
      summary: `${where}: collector {{ $labels.collector }} fails`,
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
    bare: secondsUntilFull,
    operator: '<',
    threshold: 86_400,
    // A single large copy looks like a trend for six hours. node-mixin requires the same share.
    unless: `${freeSpace} >= 0.4 * ${allSpace}`,
    unit: 'seconds',
    for: '30m',
    summary: `${where}: ${filesystem} will be full in {{ $value | humanizeDuration }}`,
    description: 'At the rate of the last six hours, the file system fills within a day.',
  },
];
