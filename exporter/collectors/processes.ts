/**
 * Processes and threads by state, from /proc/<pid>: a file a thread, so it is off by default.
 * On a host with more than can be read in half a second the states are absent, and the rest, which costs one listing, is told.
 */

import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, single } from '../exposition/family.ts';
import { readHostFile } from '../procfs/host-file.ts';
import { parseLine, parseUnsigned } from '../procfs/parse.ts';
import { createProcessReader, type StateCounts } from './processes/process-table.ts';

export const processes: Collector = createProcesses({});

/** What a reading may take; tests bring a smaller limit. */
export function createProcesses({ limitMs = 500 }: { readonly limitMs?: number }): Collector {
  return {
    name: 'processes',
    defaultEnabled: false,
    help: 'Processes and threads by state, from /proc/<pid>; the cost grows with their number.',
    flags: [],
    create({ paths, log, now = Date.now }) {
      const kernel = join(paths.procfs, 'sys', 'kernel');
      const readLimit = (file: string) => {
        const path = join(kernel, file);
        return parseUnsigned(parseLine(readHostFile(path), path), path);
      };
      const read = createProcessReader({ procfs: paths.procfs, log, now, limitMs });
      return async (signal) => {
        const counts = await read(signal);
        return [
          single('node_processes_max_processes', 'Number of max PIDs limit', 'gauge', readLimit('pid_max')),
          single('node_processes_max_threads', 'Limit of threads in the system', 'gauge', readLimit('threads-max')),
          single('node_processes_pids', 'Number of PIDs', 'gauge', counts.processes),
          ...(counts.states === undefined ? [] : stateFamilies(counts.states)),
        ];
      };
    },
  };
}

function stateFamilies({ threads, processStates, threadStates }: StateCounts): Family[] {
  const family = (name: string, help: string, label: string, counts: ReadonlyMap<string, number>): Family => ({
    name: `node_processes_${name}`,
    help,
    type: 'gauge',
    samples: [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([state, value]) => ({ labels: { [label]: state }, value })),
  });
  return [
    family('state', 'Number of processes in each state.', 'state', processStates),
    single('node_processes_threads', 'Allocated threads in system', 'gauge', threads),
    family('threads_state', 'Number of threads in each state.', 'thread_state', threadStates),
  ];
}
