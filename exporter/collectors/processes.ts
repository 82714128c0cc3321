/**
 * Exposes the number of processes and threads by state, from /proc/<pid>. Off by default: each thread costs a read. When the reads
 * exceed 500 ms of CPU time, the states and threads are omitted. The number of processes needs only a listing and is always exposed.
 */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, single } from '../exposition/family.ts';
import { createAttributeReader } from '../procfs/sysfs.ts';
import { createProcessReader, type StateCounts } from './processes/process-table.ts';

export const processes: Collector = {
  name: 'processes',
  defaultEnabled: false,
  help: 'Exposes the number of processes and threads by state, from /proc/<pid>; the cost grows with the number of threads.',
  docs: { source: '/proc/<pid>/stat and task, /proc/sys/kernel', cost: 'a file per thread' },
  flags: [],
  create({ paths, log, faults, now = Date.now, workLimitMs }) {
    const attributes = createAttributeReader(faults);
    const kernel = join(paths.procfs, 'sys', 'kernel');
    const read = createProcessReader({ procfs: paths.procfs, log, faults, now, limitMs: workLimitMs });
    return async (signal) => {
      const counts = await read(signal);
      const limit = (name: string, help: string, file: string): Family[] => {
        const value = attributes.unsigned(join(kernel, file));
        return value === undefined ? [] : [single(name, help, 'gauge', value)];
      };
      return [
        ...limit('node_processes_max_processes', 'Number of max PIDs limit', 'pid_max'),
        ...limit('node_processes_max_threads', 'Limit of threads in the system', 'threads-max'),
        single('node_processes_pids', 'Number of PIDs', 'gauge', counts.processes),
        ...(counts.states === undefined ? [] : stateFamilies(counts.states)),
      ];
    };
  },
};

function stateFamilies({ threads, processStates, threadStates }: StateCounts): Family[] {
  const samplesOf = (label: string, counts: ReadonlyMap<string, number>) =>
    [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([state, value]) => ({ labels: { [label]: state }, value }));
  return [
    gauge('node_processes_state', 'Number of processes in each state.', samplesOf('state', processStates)),
    single('node_processes_threads', 'Allocated threads in system', 'gauge', threads),
    gauge('node_processes_threads_state', 'Number of threads in each state.', samplesOf('thread_state', threadStates)),
  ];
}
