/** Defines the dashboard of one host. */
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { statPanel } from '../panels/current.ts';
import { loadSteps, tryAlertSteps, uids } from '../panels/panel-options.ts';
import { tablePanel } from '../panels/table.ts';
import { timeSeriesPanels } from '../panels/time-series.ts';
import { chosenHosts, currentOf, shownFilesystems, shownInterfaces, upOfHosts } from '../queries/queries.ts';
import {
  hiddenFilesystemsVariable,
  hiddenInterfacesVariable,
  instanceVariable,
  jobVariable,
} from '../queries/variables.ts';
import { buildBoard } from './board.ts';
import { alertsTable, upMappings, upSteps } from './shared.ts';

const load = currentOf('cpu.load.average.1m');
const cores = currentOf('cpu.cores.count');
const hosts = `{${chosenHosts.map(({ label, operator, value }) => `${label}${operator}"${value}"`).join(',')}}`;

function usage(title: string, metric: string, description: string, where = [] as typeof shownFilesystems) {
  return statPanel({
    title,
    description,
    unit: 'percent',
    decimals: 1,
    values: [{ expr: `max(${currentOf(metric, where)})`, legend: title }],
    steps: tryAlertSteps(metric),
  });
}

const now: readonly cog.Builder<dashboard.Panel>[] = [
  statPanel({
    title: 'State',
    description: 'Whether Prometheus or the gateway receives samples of the host.',
    unit: 'short',
    values: [{ expr: `min(${upOfHosts})`, legend: 'state' }],
    steps: upSteps,
    mappings: upMappings,
  }),
  statPanel({
    title: 'Up since',
    description: 'Time of the last boot.',
    unit: 'dateTimeFromNow',
    values: [{ expr: `1000 * max(node_boot_time_seconds${hosts})`, legend: 'start' }],
  }),
  usage('CPU, 5 min', 'cpu.usage.total', 'CPU usage of the last five minutes.'),
  usage('Memory, 5 min', 'memory.usage.percent', 'Memory in use, over the last five minutes.'),
  usage('Fullest disk', 'disk.usage.percent', 'The fullest of the file systems that are shown.', shownFilesystems),
  statPanel({
    title: 'Load and cores',
    description:
      '1-minute load per core, mean of the last five minutes, and the number of CPUs. Above 1, processes wait for a CPU.',
    unit: 'short',
    decimals: 2,
    values: [
      { expr: `max(${load}) / max(${cores})`, legend: 'load per core' },
      { expr: `max(${cores})`, legend: 'cores' },
    ],
    steps: loadSteps,
    counts: ['cores'],
  }),
  tablePanel({
    title: 'System',
    description: 'Operating system, kernel and processor of the host.',
    labels: { nodename: 'Name', pretty_name: 'System', release: 'Kernel', machine: 'Machine' },
    columns: [
      {
        title: 'Value',
        unit: 'short',
        expr: `count by (nodename, release, machine, pretty_name) (node_uname_info${hosts} * on (job, instance) group_left (pretty_name) node_os_info${hosts} or on (job, instance) node_uname_info${hosts})`,
        isHidden: true,
      },
    ],
    sortBy: 'Name',
    noValue: 'Unknown',
    width: 10,
    height: 7,
  }),
  alertsTable(14),
];

export const host = buildBoard({
  uid: uids.host,
  title: 'hostpulse / Host',
  description: 'All metrics of one host.',
  variables: [jobVariable(), instanceVariable({ one: true }), hiddenFilesystemsVariable(), hiddenInterfacesVariable()],
  rows: [
    { panels: now },
    {
      title: 'CPU',
      panels: timeSeriesPanels({}, [
        {
          title: 'CPU usage',
          metrics: { 'cpu.usage.total': 'busy' },
          description:
            'Time that the CPUs were busy: all but idle and waiting for I/O. Dashed lines: where the default alerts warn; dashed series: the highest five seconds of each recorded step.',
        },
        {
          title: 'CPU by kind of work',
          metrics: { 'cpu.usage.user': 'user', 'cpu.usage.system': 'kernel', 'cpu.usage.iowait': 'waiting for I/O' },
          withoutPeaks: ['cpu.usage.iowait'],
          isStacked: true,
          description: 'Time in user mode, in the kernel, and idle with outstanding I/O, stacked.',
        },
        {
          title: 'Cores',
          metrics: { 'cpu.cores.usage': 'CPU {{cpu}}' },
          withoutPeaks: ['cpu.cores.usage'],
          description: 'Busy time of each CPU.',
        },
        {
          title: 'Load',
          metrics: { 'cpu.load.average.1m': '1 min', 'cpu.load.average.5m': '5 min', 'cpu.load.average.15m': '15 min' },
          description: "Processes running or waiting: the kernel's means over 1, 5 and 15 minutes.",
        },
      ]),
    },
    {
      title: 'Memory',
      panels: timeSeriesPanels({}, [
        {
          title: 'Memory usage',
          metrics: { 'memory.usage.percent': 'memory' },
          description: 'Share of memory that is not available to new programs without swapping.',
        },
        {
          title: 'Memory',
          metrics: { 'memory.used': 'used', 'memory.available': 'available', 'memory.total': 'total' },
          withoutPeaks: ['memory.used'],
          description: 'Used, available and total memory. Reclaimable cache counts as available.',
        },
        {
          title: 'Cache',
          metrics: { 'memory.cached': 'page cache', 'memory.buffers': 'buffers', 'memory.free': 'free' },
          description: 'File contents, device blocks, and unused memory.',
        },
        {
          title: 'Swap',
          metrics: { 'swap.used': 'used', 'swap.total': 'total' },
          description: 'Swap in use and its size. Zero for a host without swap.',
        },
      ]),
    },
    {
      title: 'Disk',
      panels: [
        ...timeSeriesPanels({ legend: '{{mountpoint}}', where: shownFilesystems }, [
          {
            title: 'Space used',
            metrics: 'disk.usage.percent',
            description:
              'Used space as df prints it: used / (used + available). Dashed lines mark the thresholds of the default alerts.',
          },
          {
            title: 'Inodes used',
            metrics: 'disk.inode.usage.percent',
            description: 'Without free inodes no file can be created. File systems with dynamic inodes have no line.',
          },
        ]),
        ...timeSeriesPanels({ legend: '{{device}}' }, [
          {
            title: 'Disk throughput',
            metrics: { 'disk.io.read.bytes': 'read', 'disk.io.write.bytes': 'written' },
            description: 'Bytes read from and written to each device.',
          },
          {
            title: 'Disk operations',
            metrics: { 'disk.io.read.count': 'reads', 'disk.io.write.count': 'writes' },
            description: 'Reads and writes completed by each device.',
          },
        ]),
      ],
    },
    {
      title: 'Network',
      panels: [
        ...timeSeriesPanels({ legend: '{{device}}', where: shownInterfaces }, [
          {
            title: 'Traffic',
            metrics: { 'network.io.bytes.recv': 'received', 'network.io.bytes.sent': 'sent' },
            description: 'Bytes received and sent by each interface.',
          },
          {
            title: 'Packets',
            metrics: { 'network.io.packets.recv': 'received', 'network.io.packets.sent': 'sent' },
            description: 'Packets received and sent by each interface.',
          },
          {
            title: 'Network errors',
            metrics: { 'network.io.errors.in': 'in', 'network.io.errors.out': 'out' },
            description:
              'Faulty packets received, and packets that could not be sent. Any at all point at a cable, a port or a driver.',
          },
          {
            title: 'Packets dropped',
            metrics: { 'network.io.dropped.in': 'in', 'network.io.dropped.out': 'out' },
            description:
              'Packets dropped after receipt or before sending: buffers are too small, or the host is too slow.',
          },
        ]),
        ...timeSeriesPanels({}, [
          {
            title: 'Connections',
            metrics: {
              'network.connections.tcp': 'TCP',
              'network.connections.udp': 'UDP',
              'network.connections.established': 'established',
              'network.connections.time_wait': 'TIME_WAIT',
            },
            width: 24,
            description:
              'Sockets in use (TCP and UDP, IPv4 and IPv6), TCP connections established or closing, and waiting out TIME_WAIT.',
          },
        ]),
      ],
    },
  ],
});
