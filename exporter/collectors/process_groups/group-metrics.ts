/** Defines the metrics of the process_groups collector: names, types and HELP of process-exporter. Source: process-exporter's collector/process_collector.go */
import type { Metric } from '../../exposition/sample-table.ts';
import { ticksPerSecond } from '../../procfs/process-stat.ts';

const prefix = 'namedprocess_namegroup';
const counter = (name: string, help: string): Metric => ({ name: `${prefix}_${name}`, type: 'counter', help });
const gauge = (name: string, help: string): Metric => ({ name: `${prefix}_${name}`, type: 'gauge', help });

export const groupMetrics = {
  processes: gauge('num_procs', 'number of processes in this group'),
  threads: gauge('num_threads', 'Number of threads'),
  cpu: { ...counter('cpu_seconds_total', 'Cpu user usage in seconds'), divisor: ticksPerSecond },
  read: counter('read_bytes_total', 'number of bytes read by this group'),
  written: counter('write_bytes_total', 'number of bytes written by this group'),
  majorFaults: counter('major_page_faults_total', 'Major page faults'),
  minorFaults: counter('minor_page_faults_total', 'Minor page faults'),
  switches: counter('context_switches_total', 'Context switches'),
  memory: gauge('memory_bytes', 'number of bytes of memory in use'),
  openFiles: gauge('open_filedesc', 'number of open file descriptors for this group'),
  worstFileRatio: gauge(
    'worst_fd_ratio',
    'the worst (closest to 1) ratio between open fds and max fds among all procs in this group',
  ),
  oldestStart: gauge('oldest_start_time_seconds', 'start time in seconds since 1970/01/01 of oldest process in group'),
  states: gauge('states', 'Number of processes in states Running, Sleeping, Waiting, Zombie, or Other'),
  omitted: {
    name: 'hostpulse_process_groups_omitted',
    type: 'gauge',
    help: 'Groups of processes without series, because there are more groups than --collector.process_groups.max and others are busier.',
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** States in the order of exposition, by the kernel's letter; other letters count as Other. */
const stateNames: Readonly<Record<string, string>> = { R: 'Running', S: 'Sleeping', D: 'Waiting', Z: 'Zombie' };
export const shownStates = ['Running', 'Sleeping', 'Waiting', 'Zombie', 'Other'] as const;

/** Returns process-exporter's name of a state. */
export function stateName(letter: string): string {
  return stateNames[letter] ?? 'Other';
}
