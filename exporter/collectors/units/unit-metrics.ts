/** Defines the metrics of the units collector. */
import type { Metric } from '../../exposition/sample-table.ts';

const counter = (name: string, help: string): Metric => ({ name: `hostpulse_unit_${name}`, type: 'counter', help });
const gauge = (name: string, help: string): Metric => ({ name: `hostpulse_unit_${name}`, type: 'gauge', help });

export const unitMetrics = {
  cpu: counter('cpu_seconds_total', 'CPU time of the unit in user and system mode, since the unit started.'),
  throttled: counter('cpu_throttled_seconds_total', 'Time that the unit waited because its CPU quota was used up.'),
  memory: gauge('memory_bytes', 'Memory of the unit, including page cache.'),
  workingSet: gauge('memory_working_set_bytes', 'Memory of the unit without inactive page cache.'),
  swap: gauge('memory_swap_bytes', 'Swap space that the unit uses.'),
  memoryLimit: gauge('memory_limit_bytes', 'Memory limit of the unit; absent without a limit.'),
  oomKills: counter(
    'oom_kills_total',
    'Processes of the running unit that the kernel killed because memory was short. Starts at 0 when the unit restarts; hostpulse_slice_oom_kills_total keeps the kills of ended units.',
  ),
  read: counter('io_read_bytes_total', 'Bytes that the unit read from block devices.'),
  written: counter('io_written_bytes_total', 'Bytes that the unit wrote to block devices.'),
  tasks: gauge('tasks', 'Processes and threads of the unit.'),
  tasksLimit: gauge('tasks_limit', 'Limit of processes and threads of the unit; absent without a limit.'),
  starts: counter(
    'starts_total',
    'Starts of the unit that this exporter observed, by an automatic restart, a timer or a command. Several starts between two scrapes count as one.',
  ),
  started: gauge('start_time_seconds', 'Time at which the unit started, in seconds since 1970.'),
  sliceOomKills: {
    name: 'hostpulse_slice_oom_kills_total',
    type: 'counter',
    help: 'Processes in the slice and below that the kernel killed because memory was short, including processes of ended units. Only with cgroup v2.',
  },
  omitted: {
    name: 'hostpulse_units_omitted',
    type: 'gauge',
    help: 'Running units without series, because more units run than --collector.units.max and others are busier.',
  },
} as const satisfies Readonly<Record<string, Metric>>;
