/** The list of all metrics. Recording rules, API names, units, panels and docs/metrics.md are generated from it. */
import {
  avgWithout,
  counter,
  countWithout,
  type Expression,
  familiesOf,
  gauge,
  type Matcher,
  minus,
  percent,
  plus,
  readsCounters,
  sumWithout,
  total,
} from './expression.ts';
import type { Operation, RecordedTierName } from './tiers.ts';

export type Unit = 'percent' | 'count' | 'load' | 'bytes' | 'bytes/s' | 'ops/s' | 'packets/s' | 'errors/s';

/** The labels that may distinguish series of one metric within a host. */
export const dimensionLabels = ['cpu', 'device', 'mountpoint', 'fstype'] as const;
export type DimensionLabel = (typeof dimensionLabels)[number];

export interface MetricDefinition {
  /** Dotted: `cpu.usage.total`. */
  readonly name: string;
  readonly help: string;
  readonly unit: Unit;
  readonly labels: readonly DimensionLabel[];
  /** How often the exporter reads the value. Every sample set contains the last reading. */
  readonly interval: '5s' | '30s' | 'once';
  /** Whether the maximum is recorded beside the mean. */
  readonly peak: boolean;
  /** The value, from the families that the exporter exposes. */
  readonly exported: Expression;
}

export interface CatalogueMetric extends MetricDefinition {
  /** `rate`: from counters, as increase per second; `gauge`: from gauges. */
  readonly kind: 'gauge' | 'rate';
  /** The labels of a recorded series besides `job` and static labels, in the spelling of recording rules: `instance_device`. */
  readonly level: string;
  /** The families that `exported` reads, without duplicates. */
  readonly exportedFamilies: readonly string[];
  /** The family of values that agents push by the dotted name: `hostpulse_cpu_usage_total`. */
  readonly pushedFamily: string;
  /** The pushed values, aggregated to one series for each host and label set of the catalogue. */
  readonly pushed: Expression;
}

/** Labels of pushed samples that the catalogue drops, besides the dimensions that a metric does not have. */
const foreignTags = ['mode', 'metric_type'] as const;

function defineMetric(definition: MetricDefinition): CatalogueMetric {
  const pushedFamily = `hostpulse_${underscored(definition.name)}`;
  const dropped = [...dimensionLabels.filter((label) => !definition.labels.includes(label)), ...foreignTags];
  // A bare selector keeps its metric name, so that `or` would return the exported and the pushed series. Aggregation drops the name.
  const bare = definition.exported.kind === 'gauge';
  return {
    ...definition,
    exported: bare ? avgWithout(dropped, definition.exported) : definition.exported,
    exportedFamilies: familiesOf(definition.exported),
    kind: readsCounters(definition.exported) ? 'rate' : 'gauge',
    level: ['instance', ...definition.labels].join('_'),
    pushedFamily,
    pushed: avgWithout(dropped, { kind: 'gauge', family: pushedFamily, where: [] }),
  };
}

/** Returns `cpu.usage.total` as `cpu_usage_total`. */
export function underscored(dotted: string): string {
  return dotted.replaceAll('.', '_');
}

/** Returns the recorded operations of a metric: the mean, and the maximum where peaks matter. */
export function operationsOf(metric: CatalogueMetric): readonly Operation[] {
  return metric.peak ? ['avg', 'max'] : ['avg'];
}

/** Returns a name such as `instance_device:disk_io_read_bytes:avg5m`. Throws when the operation is not recorded. */
export function recordingName(metric: CatalogueMetric, operation: Operation, tier: RecordedTierName): string {
  if (!operationsOf(metric).includes(operation)) throw new Error(`${metric.name}: ${operation} is not recorded`);
  return `${metric.level}:${underscored(metric.name)}:${operation}${tier}`;
}

type Details = Partial<Pick<MetricDefinition, 'labels' | 'interval' | 'peak'>>;

/** Defines metrics of one unit. By default a host has one series, read at each scrape, and no maximum is recorded. */
function of(unit: Unit, group: string, common: Details = {}) {
  return (name: string, help: string, exported: Expression, details: Details = {}): CatalogueMetric =>
    defineMetric({
      name: `${group}.${name}`,
      help,
      unit,
      labels: [],
      interval: '5s',
      peak: false,
      ...common,
      ...details,
      exported,
    });
}

const recorded: Details = { peak: true };

/** Shares of the time of all CPUs, by mode of /proc/stat. Busy is every mode except idle and iowait. */
const cpuSeconds = 'node_cpu_seconds_total';
const busy: Matcher = { label: 'mode', operator: '!~', value: 'idle|iowait' };

function share(without: readonly string[], where: Matcher): Expression {
  return percent(sumWithout(without, counter(cpuSeconds, where)), sumWithout(without, counter(cpuSeconds)));
}

const inMode = (value: string): Matcher => ({ label: 'mode', operator: '=', value });
const mode = (name: string): Expression => share(['cpu', 'mode'], inMode(name));

const cpuUsage = of('percent', 'cpu.usage');
const load = of('load', 'cpu.load.average');
const loadHelp = (minutes: number) => `Processes running or waiting, averaged by the kernel over ${minutes} min.`;

const cpu = [
  cpuUsage(
    'total',
    'Time that the CPUs were busy: all but idle and waiting for I/O.',
    share(['cpu', 'mode'], busy),
    recorded,
  ),
  cpuUsage('user', 'Time in user space.', mode('user')),
  cpuUsage('system', 'Time in the kernel, interrupts apart.', mode('system')),
  cpuUsage('idle', 'Time with nothing to do.', mode('idle')),
  cpuUsage('iowait', 'Idle time with I/O outstanding.', mode('iowait'), recorded),
  of('percent', 'cpu.cores')('usage', 'Time that one CPU was busy.', share(['mode'], busy), {
    labels: ['cpu'],
    peak: true,
  }),
  of('count', 'cpu.cores')(
    'count',
    'Online CPUs; over a window, CPUs that were online at any time in it.',
    countWithout(['cpu', 'mode'], gauge(cpuSeconds, inMode('idle'))),
    { interval: 'once' },
  ),
  load('1m', loadHelp(1), gauge('node_load1')),
  load('5m', loadHelp(5), gauge('node_load5')),
  load('15m', loadHelp(15), gauge('node_load15')),
];

/** From /proc/meminfo. Used memory is total minus available, the kernel's estimate that counts reclaimable cache as available. */
const meminfo = (name: string): Expression => gauge(`node_memory_${name}_bytes`);
const memoryUsed = minus(meminfo('MemTotal'), meminfo('MemAvailable'));
const swapUsed = minus(meminfo('SwapTotal'), meminfo('SwapFree'));
const memoryBytes = of('bytes', 'memory');
const swapBytes = of('bytes', 'swap');

const memory = [
  memoryBytes('total', 'Memory that the kernel manages.', meminfo('MemTotal'), { interval: 'once' }),
  memoryBytes('used', 'Memory that new programs could not get without swapping.', memoryUsed, recorded),
  memoryBytes('available', 'Memory that new programs could get.', meminfo('MemAvailable')),
  memoryBytes('free', 'Memory that nothing uses, not even as cache.', meminfo('MemFree')),
  memoryBytes('buffers', 'Cache of raw block devices.', meminfo('Buffers')),
  memoryBytes('cached', 'Page cache.', meminfo('Cached')),
  of('percent', 'memory.usage')(
    'percent',
    'memory.used of memory.total.',
    percent(memoryUsed, meminfo('MemTotal')),
    recorded,
  ),
  swapBytes('total', 'Swap space.', meminfo('SwapTotal'), { interval: 'once' }),
  swapBytes('used', 'Swap space in use.', swapUsed, recorded),
  of('percent', 'swap.usage')(
    'percent',
    'swap.used of swap.total; absent without swap.',
    percent(swapUsed, meminfo('SwapTotal')),
    recorded,
  ),
];

/** Space and inodes of each file system, throughput of each block device. */
const filesystem: Details = { labels: ['device', 'mountpoint', 'fstype'], interval: '30s' };
const device: Details = { labels: ['device'] };
const size = gauge('node_filesystem_size_bytes');
const available = gauge('node_filesystem_avail_bytes');
const used = minus(size, gauge('node_filesystem_free_bytes'));
const inodes = gauge('node_filesystem_files');
const inodesUsed = minus(inodes, gauge('node_filesystem_files_free'));
const space = of('bytes', 'disk.usage', filesystem);
const inodeCount = of('count', 'disk.inode', filesystem);
const diskBytes = of('bytes/s', 'disk.io', { ...device, ...recorded });
const diskOperations = of('ops/s', 'disk.io', device);

const disk = [
  space('total', 'Size of the file system.', size),
  space('used', 'Space in use.', used),
  space('free', "Space that users can still fill: df's Avail.", available),
  of('percent', 'disk.usage', filesystem)(
    'percent',
    'used / (used + free), as df prints it.',
    percent(used, plus(used, available)),
  ),
  inodeCount('total', 'Inodes of the file system.', inodes),
  inodeCount('used', 'Inodes in use.', inodesUsed),
  of('percent', 'disk.inode.usage', filesystem)(
    'percent',
    'Inodes in use; absent where the file system makes them as needed.',
    percent(inodesUsed, inodes),
  ),
  diskBytes('read.bytes', 'Read from the device.', counter('node_disk_read_bytes_total')),
  diskBytes('write.bytes', 'Written to the device.', counter('node_disk_written_bytes_total')),
  diskOperations('read.count', 'Reads completed.', counter('node_disk_reads_completed_total')),
  diskOperations('write.count', 'Writes completed.', counter('node_disk_writes_completed_total')),
];

/** Traffic of each interface, sockets of the host. */
const netdev = (name: string): Expression => counter(`node_network_${name}_total`);
const trafficBytes = of('bytes/s', 'network.io.bytes', { ...device, ...recorded });
const packets = of('packets/s', 'network.io', device);
const faults = of('errors/s', 'network.io.errors', device);
const connections = of('count', 'network.connections');
const sockets = (name: string): Expression => gauge(`node_sockstat_${name}`);

const network = [
  trafficBytes('sent', 'Sent.', netdev('transmit_bytes')),
  trafficBytes('recv', 'Received.', netdev('receive_bytes')),
  packets('packets.sent', 'Packets sent.', netdev('transmit_packets')),
  packets('packets.recv', 'Packets received.', netdev('receive_packets')),
  faults('in', 'Faulty packets received.', netdev('receive_errs')),
  faults('out', 'Packets that could not be sent.', netdev('transmit_errs')),
  packets('dropped.in', 'Packets received and dropped.', netdev('receive_drop')),
  packets('dropped.out', 'Packets dropped before sending.', netdev('transmit_drop')),
  connections('tcp', 'TCP sockets in use, IPv4 and IPv6.', total(sockets('TCP_inuse'), sockets('TCP6_inuse'))),
  connections('udp', 'UDP sockets in use, IPv4 and IPv6.', total(sockets('UDP_inuse'), sockets('UDP6_inuse'))),
  connections('established', 'TCP connections established or closing.', gauge('node_netstat_Tcp_CurrEstab')),
  connections('time_wait', 'TCP sockets waiting out TIME_WAIT.', sockets('TCP_tw')),
];

export const metrics: readonly CatalogueMetric[] = [...cpu, ...memory, ...disk, ...network];

const byName = new Map(metrics.map((metric) => [metric.name, metric]));

/** Returns the metric with the dotted name, or undefined. */
export function metricByName(name: string): CatalogueMetric | undefined {
  return byName.get(name);
}
