/** Counts the host's processes and threads by state, within a time limit. Source: proc_pid_stat(5) */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../../common/program/log.ts';
import { isMissing, parseUnsigned } from '../../procfs/host-file.ts';
import { splitProcessStat } from '../../procfs/process-stat.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { createWorkBudget, OverBudgetError } from '../../procfs/work-budget.ts';

export interface ProcessCounts {
  readonly processes: number;
  /** Absent when the reads exceeded the time limit. */
  readonly states?: StateCounts;
}

export interface StateCounts {
  readonly threads: number;
  /** Numbers by the kernel's letter for the state: `R`, `S`, `D`. */
  readonly processStates: ReadonlyMap<string, number>;
  readonly threadStates: ReadonlyMap<string, number>;
}

export interface ProcessReaderOptions {
  readonly procfs: string;
  readonly log: Log;
  readonly faults: ValueFaults;
  readonly now: () => number;
  /** CPU time of a read in milliseconds. Absent: the default of the work budget. */
  readonly limitMs: number | undefined;
}

export function createProcessReader(options: ProcessReaderOptions): (signal: AbortSignal) => Promise<ProcessCounts> {
  const { procfs, log, faults, now, limitMs } = options;
  const budget = createWorkBudget({ subject: 'processes', limitMs, now });
  let hasWarned = false;
  return async (signal) => {
    const pids = listNumbers(procfs);
    try {
      return await budget.run(signal, (pause) => countStates({ procfs, pids, faults }, pause));
    } catch (error) {
      if (!(error instanceof OverBudgetError)) throw error;
      if (!hasWarned) log.warn('process states omitted', { processes: pids.length, reason: error.message });
      hasWarned = true;
      return { processes: pids.length };
    }
  };
}

interface ProcessList {
  readonly procfs: string;
  readonly pids: readonly string[];
  readonly faults: ValueFaults;
}

async function countStates(
  { procfs, pids, faults }: ProcessList,
  pause: () => Promise<void> | undefined,
): Promise<ProcessCounts> {
  const processStates = new Map<string, number>();
  const threadStates = new Map<string, number>();
  let [processes, threads] = [0, 0];
  for (const pid of pids) {
    await pause();
    const folder = join(procfs, pid);
    const process = tryReadStat(folder, faults);
    if (process === undefined) continue;
    processes += 1;
    threads += process.threads;
    addOne(processStates, process.state);
    addOne(threadStates, process.state);
    if (process.threads === 1) continue;
    const tasks = join(folder, 'task');
    for (const thread of tryListNumbers(tasks, faults)) {
      const state = thread === pid ? undefined : tryReadStat(join(tasks, thread), faults)?.state;
      if (state !== undefined) addOne(threadStates, state);
      await pause();
    }
  }
  return { processes, states: { threads, processStates, threadStates } };
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function listNumbers(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^\d{1,10}$/.test(name));
}

function tryListNumbers(folder: string, faults: ValueFaults): string[] {
  try {
    return listNumbers(folder);
  } catch (thrown) {
    if (!isGone(thrown)) faults.report('/proc/<pid>/task', thrown);
    return [];
  }
}

/** Returns undefined for a process that has ended, or whose state cannot be read. */
function tryReadStat(folder: string, faults: ValueFaults): StateAndThreads | undefined {
  try {
    return parseState(readFileSync(join(folder, 'stat'), 'utf8'));
  } catch (thrown) {
    if (!isGone(thrown)) faults.report('/proc/<pid>/stat', thrown);
    return undefined;
  }
}

/** Returns true for the errors of a process that has ended; ESRCH: it ended between open and read. */
function isGone(thrown: unknown): boolean {
  return isMissing(thrown) || (Error.isError(thrown) && (thrown as NodeJS.ErrnoException).code === 'ESRCH');
}

interface StateAndThreads {
  readonly state: string;
  readonly threads: number;
}

/** Parses two columns: the file of each thread is read, and the other columns are not needed. */
function parseState(text: string): StateAndThreads {
  const { state, words } = splitProcessStat(text, 'process stat');
  return { state, threads: parseUnsigned(words[17], 'process stat threads') };
}
