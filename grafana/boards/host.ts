/** The dashboard of one host. */
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { statPanel } from '../panels/current.ts';
import { uids } from '../panels/links.ts';
import { tablePanel } from '../panels/table.ts';
import { loadSteps, tryAlertSteps } from '../panels/thresholds.ts';
import { timeSeries } from '../panels/time-series.ts';
import { currentOf } from '../queries/queries.ts';
import { chosenHosts, shownFilesystems, upOfHosts } from '../queries/selectors.ts';
import {
  hiddenFilesystemsVariable,
  hiddenInterfacesVariable,
  instanceVariable,
  jobVariable,
} from '../queries/variables.ts';
import { buildBoard } from './board.ts';
import { hostDisk, hostNetwork } from './host-devices.ts';
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
      'Load of one minute, over the last five minutes, per core, beside the number of CPUs: with more than 1 a core, processes wait.',
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
    noValue: 'Not told',
    width: 10,
    height: 7,
  }),
  alertsTable({ title: 'Alerts that fire', width: 14 }),
];

const cpu: readonly cog.Builder<dashboard.Panel>[] = [
  timeSeries({
    title: 'CPU usage',
    description:
      'Time that the CPUs were busy: all but idle and waiting for I/O. Dashed lines: where the default alerts warn; dashed series: the highest five seconds of each recorded step.',
    lines: [{ metric: 'cpu.usage.total', legend: 'busy' }],
  }),
  timeSeries({
    title: 'CPU by kind of work',
    description: 'Time in user mode, in the kernel, and idle with outstanding I/O, stacked.',
    lines: [
      { metric: 'cpu.usage.user', legend: 'user' },
      { metric: 'cpu.usage.system', legend: 'kernel' },
      { metric: 'cpu.usage.iowait', legend: 'waiting for I/O', peaks: false },
    ],
    isStacked: true,
  }),
  timeSeries({
    title: 'Cores',
    description: 'Busy time of each CPU.',
    lines: [{ metric: 'cpu.cores.usage', legend: 'CPU {{cpu}}', peaks: false }],
  }),
  timeSeries({
    title: 'Load',
    description: "Processes running or waiting: the kernel's means over 1, 5 and 15 minutes.",
    lines: [
      { metric: 'cpu.load.average.1m', legend: '1 min' },
      { metric: 'cpu.load.average.5m', legend: '5 min' },
      { metric: 'cpu.load.average.15m', legend: '15 min' },
    ],
  }),
];

const memory: readonly cog.Builder<dashboard.Panel>[] = [
  timeSeries({
    title: 'Memory usage',
    description: 'Share of memory that is not available to new programs without swapping.',
    lines: [{ metric: 'memory.usage.percent', legend: 'memory' }],
  }),
  timeSeries({
    title: 'Memory',
    description: 'Used, available and total memory. Reclaimable cache counts as available.',
    lines: [
      { metric: 'memory.used', legend: 'used', peaks: false },
      { metric: 'memory.available', legend: 'available' },
      { metric: 'memory.total', legend: 'total' },
    ],
  }),
  timeSeries({
    title: 'Cache',
    description: 'File contents, device blocks, and unused memory.',
    lines: [
      { metric: 'memory.cached', legend: 'page cache' },
      { metric: 'memory.buffers', legend: 'buffers' },
      { metric: 'memory.free', legend: 'free' },
    ],
  }),
  timeSeries({
    title: 'Swap',
    description: 'Swap in use and its size. Zero for a host without swap.',
    lines: [
      { metric: 'swap.used', legend: 'used' },
      { metric: 'swap.total', legend: 'total' },
    ],
  }),
];

export const host = buildBoard({
  uid: uids.host,
  title: 'hostpulse / Host',
  description: 'All metrics of one host.',
  variables: [jobVariable(), instanceVariable({ one: true }), hiddenFilesystemsVariable(), hiddenInterfacesVariable()],
  rows: [
    { panels: now },
    { title: 'CPU', panels: cpu },
    { title: 'Memory', panels: memory },
    { title: 'Disk', panels: hostDisk },
    { title: 'Network', panels: hostNetwork },
  ],
});
