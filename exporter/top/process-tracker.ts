/**
 * Follows the use of all processes of the host from pass to pass, within a limit of CPU time.
 *
 * Cost: a pass reads one file for each process, and a second one for those that used the CPU or a disk lately. When the limit ends a
 * pass, the processes that it did not reach are first in the next pass, after the busy ones; their use counts from their last reading.
 */
import type { ProcessUse } from '../../common/top/top-record.ts';
import { ticksPerSecond } from '../procfs/process-stat.ts';
import type { ProcessCounts, ProcessFiles } from './process-files.ts';

export interface ProcessTrackerOptions {
  readonly files: ProcessFiles;
  readonly pageBytes: number;
  readonly hasCommandLines: boolean;
  /** CPU time of a pass. */
  readonly limitMs: number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs: () => number;
  /** CPU time of this thread in milliseconds. */
  readonly cpuMs: () => number;
}

/** A process and what it used since the previous pass. */
export interface TrackedProcess {
  readonly pid: number;
  /** Distinguishes processes with the same number. */
  readonly startTicks: number;
  readonly name: string;
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  /** Undefined where the exporter may not read I/O. */
  readonly ioBytes: number | undefined;
  /** Use per second since the process was last read. */
  readonly use: ProcessUse;
}

export interface Pass {
  /** Seconds since the previous pass; undefined for the first pass, whose processes have no CPU time and no I/O. */
  readonly seconds: number | undefined;
  /** All processes that were read in this pass or an earlier one and exist. */
  readonly processes: readonly TrackedProcess[];
  /** Processes that this pass did not reach. */
  readonly skipped: number;
}

export interface ProcessTracker {
  read(): Pass;
  /** Adds the command lines of the processes, if records have them. */
  withCommandLines(uses: readonly ProcessUse[]): readonly ProcessUse[];
}

/** I/O of a process without CPU time is read again after this time: a request to a disk costs less than a tick. */
const ioRestMs = 60_000;
/** A pass ends after this time, because a file of the kernel may block. */
const durationFactor = 10;
/** Processes between two looks at the clock of the CPU. */
const processesPerCheck = 8;

interface State {
  readonly pid: number;
  counts: ProcessCounts | undefined;
  /** When the counts were read, or the pass before the process appeared; undefined: use before the first reading is unknown. */
  countedMs: number | undefined;
  ioBytes: number | undefined;
  ioMs: number | undefined;
  isIoDenied: boolean;
  tracked: TrackedProcess | undefined;
}

export function createProcessTracker(options: ProcessTrackerOptions): ProcessTracker {
  const { files, pageBytes, hasCommandLines, limitMs, monotonicMs, cpuMs } = options;
  let states = new Map<number, State>();
  let lastMs: number | undefined;

  function listStates(): State[] {
    const next = new Map<number, State>();
    for (const pid of files.list()) next.set(pid, states.get(pid) ?? createState(pid, lastMs));
    states = next;
    return [...next.values()].sort(byUrgency);
  }

  function readState(state: State, nowMs: number): void {
    const counts = files.tryCounts(state.pid);
    if (counts === undefined) return void states.delete(state.pid);
    const { pid } = state;
    // The number is used again by a process that started since the previous reading.
    if (state.counts !== undefined && state.counts.startTicks !== counts.startTicks)
      Object.assign(state, createState(pid, state.countedMs));
    const isNew = state.counts === undefined;
    const ticks = growth(counts.cpuTicks, state.counts?.cpuTicks ?? (state.countedMs === undefined ? undefined : 0));
    const seconds = (nowMs - (state.countedMs ?? nowMs)) / 1_000;
    const io = readIo(state, nowMs, { isActive: ticks > 0 || isNew });
    const memoryBytes = counts.residentPages * pageBytes;
    const cpuSeconds = ticks / ticksPerSecond;
    state.counts = counts;
    state.countedMs = nowMs;
    state.tracked = {
      pid,
      startTicks: counts.startTicks,
      name: counts.name,
      memoryBytes,
      cpuSeconds,
      ioBytes: io?.bytes,
      use: {
        pid,
        name: counts.name,
        cpu_cores: seconds > 0 ? rounded(cpuSeconds / seconds, 1e4) : 0,
        memory_bytes: memoryBytes,
        ...(io === undefined ? {} : { io_bytes_per_second: rounded(io.perSecond, 1) }),
      },
    };
  }

  function readIo(state: State, nowMs: number, { isActive }: { readonly isActive: boolean }) {
    if (state.isIoDenied) return undefined;
    const before = { bytes: state.ioBytes, ms: state.ioMs };
    const hadIo = (state.tracked?.ioBytes ?? 0) > 0;
    if (!isActive && !hadIo && before.ms !== undefined && nowMs - before.ms < ioRestMs)
      return { bytes: 0, perSecond: 0 };
    const ioBytes = files.tryIoBytes(state.pid);
    state.isIoDenied = ioBytes === undefined;
    if (ioBytes === undefined) return undefined;
    state.ioBytes = ioBytes;
    state.ioMs = nowMs;
    const fromMs = before.ms ?? state.countedMs;
    if (fromMs === undefined) return { bytes: 0, perSecond: 0 };
    const bytes = growth(ioBytes, before.bytes ?? 0);
    return { bytes, perSecond: nowMs > fromMs ? (bytes * 1_000) / (nowMs - fromMs) : 0 };
  }

  return {
    read() {
      const startMs = monotonicMs();
      const startCpuMs = cpuMs();
      let reached = 0;
      const ordered = listStates();
      for (const state of ordered) {
        const nowMs = monotonicMs();
        if (nowMs - startMs > limitMs * durationFactor) break;
        if (reached % processesPerCheck === 0 && cpuMs() - startCpuMs > limitMs) break;
        readState(state, nowMs);
        reached += 1;
      }
      for (const state of ordered.slice(reached)) state.tracked = withoutUse(state.tracked);
      const seconds = lastMs === undefined ? undefined : (startMs - lastMs) / 1_000;
      lastMs = startMs;
      const processes = [...states.values()].flatMap(({ tracked }) => tracked ?? []);
      return { seconds, processes, skipped: ordered.length - reached };
    },
    withCommandLines(uses) {
      if (!hasCommandLines) return uses;
      return uses.map((use) => {
        const line = files.tryCommandLine(use.pid);
        return line === undefined || line === '' ? use : { ...use, command_line: line };
      });
    },
  };
}

function createState(pid: number, countedMs: number | undefined): State {
  return {
    pid,
    counts: undefined,
    countedMs,
    ioBytes: undefined,
    ioMs: undefined,
    isIoDenied: false,
    tracked: undefined,
  };
}

/** Busy processes come first, then new ones, then those that were read longest ago. */
function byUrgency(a: State, b: State): number {
  const [busyA, busyB] = [busyness(a), busyness(b)];
  return busyB - busyA || (a.countedMs ?? 0) - (b.countedMs ?? 0);
}

function busyness({ tracked }: State): number {
  if (tracked === undefined) return 1e-6;
  return tracked.use.cpu_cores + ((tracked.use.io_bytes_per_second ?? 0) > 0 ? 1e-4 : 0);
}

/** A skipped process used nothing that is known yet. */
function withoutUse(tracked: TrackedProcess | undefined): TrackedProcess | undefined {
  if (tracked === undefined || (tracked.cpuSeconds === 0 && (tracked.ioBytes ?? 0) === 0)) return tracked;
  return { ...tracked, cpuSeconds: 0, ioBytes: tracked.ioBytes === undefined ? undefined : 0 };
}

/** Returns 0 for a counter that fell: the kernel adjusts user and system times against each other. */
function growth(value: number, before: number | undefined): number {
  return before === undefined ? 0 : Math.max(0, value - before);
}

function rounded(value: number, factor: number): number {
  return Math.round(value * factor) / factor;
}
