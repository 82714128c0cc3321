/** The list of all metrics. Recording rules, API names, units, panels and docs/metrics.md are generated from it. */
import {
  counter,
  countWithout,
  type Expression,
  gauge,
  type Matcher,
  minus,
  percent,
  plus,
  sumWithout,
  total,
} from './expression.ts';
import { type CatalogueMetric, type Details, metricsOf } from './metric.ts';
import { workloadMetrics } from './workloads.ts';

export {
  type CatalogueMetric,
  type DimensionLabel,
  dimensionLabels,
  operationsOf,
  recordingName,
  type Unit,
  underscored,
} from './metric.ts';

const recorded: Details = { peak: true };

/** Shares of the time of all CPUs, by mode of /proc/stat. Busy is every mode except idle and iowait. */
const cpuSeconds = 'node_cpu_seconds_total';
const busy: Matcher = { label: 'mode', operator: '!~', value: 'idle|iowait' };

function share(without: readonly string[], where: Matcher): Expression {
  return percent(sumWithout(without, counter(cpuSeconds, where)), sumWithout(without, counter(cpuSeconds)));
}

const inMode = (value: string): Matcher => ({ label: 'mode', operator: '=', value });
const mode = (name: string): Expression => share(['cpu', 'mode'], inMode(name));

const cpuUsage = metricsOf('percent', 'cpu.usage');
const load = metricsOf('load', 'cpu.load.average');
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
  metricsOf('percent', 'cpu.cores')('usage', 'Time that one CPU was busy.', share(['mode'], busy), {
    labels: ['cpu'],
    peak: true,
  }),
  metricsOf('count', 'cpu.cores')(
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
const memoryBytes = metricsOf('bytes', 'memory');
const swapBytes = metricsOf('bytes', 'swap');

const memory = [
  memoryBytes('total', 'Memory that the kernel manages.', meminfo('MemTotal'), { interval: 'once' }),
  memoryBytes('used', 'Memory that new programs could not get without swapping.', memoryUsed, recorded),
  memoryBytes('available', 'Memory that new programs could get.', meminfo('MemAvailable')),
  memoryBytes('free', 'Memory that nothing uses, not even as cache.', meminfo('MemFree')),
  memoryBytes('buffers', 'Cache of raw block devices.', meminfo('Buffers')),
  memoryBytes('cached', 'Page cache.', meminfo('Cached')),
  metricsOf('percent', 'memory.usage')(
    'percent',
    'memory.used of memory.total.',
    percent(memoryUsed, meminfo('MemTotal')),
    recorded,
  ),
  swapBytes('total', 'Swap space.', meminfo('SwapTotal'), { interval: 'once' }),
  swapBytes('used', 'Swap space in use.', swapUsed, recorded),
  metricsOf('percent', 'swap.usage')(
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
const space = metricsOf('bytes', 'disk.usage', filesystem);
const inodeCount = metricsOf('count', 'disk.inode', filesystem);
const diskBytes = metricsOf('bytes/s', 'disk.io', { ...device, ...recorded });
const diskOperations = metricsOf('ops/s', 'disk.io', device);

const disk = [
  space('total', 'Size of the file system.', size),
  space('used', 'Space in use.', used),
  space('free', "Space that users can still fill: df's Avail.", available),
  metricsOf('percent', 'disk.usage', filesystem)(
    'percent',
    'used / (used + free), as df prints it.',
    percent(used, plus(used, available)),
  ),
  inodeCount('total', 'Inodes of the file system.', inodes),
  inodeCount('used', 'Inodes in use.', inodesUsed),
  metricsOf('percent', 'disk.inode.usage', filesystem)(
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
const trafficBytes = metricsOf('bytes/s', 'network.io.bytes', { ...device, ...recorded });
const packets = metricsOf('packets/s', 'network.io', device);
const faults = metricsOf('errors/s', 'network.io.errors', device);
const connections = metricsOf('count', 'network.connections');
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

/** The metrics of every host. The API returns their current values by default. */
export const metrics: readonly CatalogueMetric[] = [...cpu, ...memory, ...disk, ...network];

/** The metrics of hosts and of what runs on them, in the order of the rules. */
export const allMetrics: readonly CatalogueMetric[] = [...metrics, ...workloadMetrics];

const byName = new Map(allMetrics.map((metric) => [metric.name, metric]));

/** Returns the metric with the dotted name, or undefined. */
export function metricByName(name: string): CatalogueMetric | undefined {
  return byName.get(name);
}
