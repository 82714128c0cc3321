/**
 * Follows the use of all processes of the host from pass to pass, within a limit of CPU time.
 *
 * Cost: a pass reads one file for each process, and a second one for those that used the CPU or a disk lately; a quick pass leaves out
 * idle processes, whose use then counts in the next full pass. When the limit ends a
 * pass, the processes that it did not reach are first in the next pass, after the busy ones; their use counts from their last reading.
 */
import type { ProcessUse } from '../../common/top/top-record.ts';
import { ticksPerSecond } from '../procfs/process-stat.ts';
import { type ProcessCounts, type ProcessFiles, type ProcessFolder, parseProcessCounts } from './process-files.ts';

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

/** `quick`: without processes that were idle when they were last read. */
export type PassKind = 'full' | 'quick';

export interface Pass {
  /** Seconds since the previous pass; undefined for the first pass, whose processes have no CPU time and no I/O. */
  readonly seconds: number | undefined;
  /** All processes that exist and were read in this pass or an earlier one. */
  readonly processes: readonly TrackedProcess[];
  /** Processes that this pass did not reach. */
  readonly skipped: number;
}

export interface ProcessTracker {
  read(kind: PassKind): Pass;
  /** Adds the command lines of the processes, if records have them. */
  withCommandLines(uses: readonly ProcessUse[]): readonly ProcessUse[];
}

/** I/O of a process without CPU time is read again after this time: a request to a disk costs less than a tick. */
const ioRestMs = 60_000;
/** A pass ends after this time, because a file of the kernel may block. */
const durationFactor = 10;
/** Processes between two looks at the clocks. */
const processesPerCheck = 8;

interface State {
  readonly pid: number;
  readonly folder: ProcessFolder;
  /** The text that the counts were parsed from: that of an idle process is the same in every pass. */
  stat: string | undefined;
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
  /** The order matters, and is worth its cost, when a pass does not reach all processes. */
  let isOrdered = true;

  function listStates(kind: PassKind): State[] {
    const next = new Map<number, State>();
    for (const pid of files.list())
      next.set(pid, states.get(pid) ?? createState(pid, { folder: files.folder(pid), countedMs: lastMs }));
    states = next;
    const all = [...next.values()];
    const listed = kind === 'full' ? all : all.filter(({ tracked }) => tracked === undefined || !isIdle(tracked));
    return isOrdered ? listed.sort(byUrgency) : listed;
  }

  function readState(state: State, nowMs: number): void {
    const stat = state.folder.tryStat();
    if (stat === undefined) return void states.delete(state.pid);
    if (stat === state.stat && isAtRest(state, nowMs)) {
      state.countedMs = nowMs;
      state.tracked = withoutUse(state.tracked);
      return;
    }
    const counts = parseProcessCounts(stat, `/proc/${state.pid}/stat`);
    // The number is used again by a process that started since the previous reading.
    if (state.counts !== undefined && state.counts.startTicks !== counts.startTicks)
      Object.assign(state, createState(state.pid, state));
    state.stat = stat;
    addReading(state, counts, nowMs);
  }

  function addReading(state: State, counts: ProcessCounts, nowMs: number): void {
    const { pid } = state;
    const { name, startTicks } = counts;
    const isNew = state.counts === undefined;
    const ticks = growth(counts.cpuTicks, state.counts?.cpuTicks ?? (state.countedMs === undefined ? undefined : 0));
    const seconds = (nowMs - (state.countedMs ?? nowMs)) / 1_000;
    const io = ticks > 0 || isNew || !isAtRest(state, nowMs) ? readIo(state, nowMs) : ioOf(state, 0, 0);
    const memoryBytes = counts.residentPages * pageBytes;
    const cpuSeconds = ticks / ticksPerSecond;
    const use = {
      pid,
      name,
      cpu_cores: seconds > 0 ? rounded(cpuSeconds / seconds, 1e4) : 0,
      memory_bytes: memoryBytes,
      ...(io === undefined ? {} : { io_bytes_per_second: rounded(io.perSecond, 1) }),
    };
    state.counts = counts;
    state.countedMs = nowMs;
    state.tracked = { pid, startTicks, name, memoryBytes, cpuSeconds, ioBytes: io?.bytes, use };
  }

  function readIo(state: State, nowMs: number) {
    if (state.isIoDenied) return undefined;
    const before = { bytes: state.ioBytes ?? 0, ms: state.ioMs ?? state.countedMs };
    const ioBytes = state.folder.tryIoBytes();
    state.isIoDenied = ioBytes === undefined;
    if (ioBytes === undefined) return undefined;
    state.ioBytes = ioBytes;
    state.ioMs = nowMs;
    if (before.ms === undefined) return ioOf(state, 0, 0);
    const bytes = growth(ioBytes, before.bytes);
    return ioOf(state, bytes, nowMs > before.ms ? (bytes * 1_000) / (nowMs - before.ms) : 0);
  }

  return {
    read(kind) {
      const startMs = monotonicMs();
      const startCpuMs = cpuMs();
      const ordered = listStates(kind);
      let nowMs = startMs;
      let reached = 0;
      for (const state of ordered) {
        if (reached % processesPerCheck === 0) {
          nowMs = monotonicMs();
          if (nowMs - startMs > limitMs * durationFactor || cpuMs() - startCpuMs > limitMs) break;
        }
        readState(state, nowMs);
        reached += 1;
      }
      for (const state of ordered.slice(reached)) state.tracked = withoutUse(state.tracked);
      isOrdered = reached < ordered.length;
      const seconds = lastMs === undefined ? undefined : (startMs - lastMs) / 1_000;
      lastMs = startMs;
      const processes: TrackedProcess[] = [];
      for (const { tracked } of states.values()) if (tracked !== undefined) processes.push(tracked);
      return { seconds, processes, skipped: ordered.length - reached };
    },
    withCommandLines(uses) {
      if (!hasCommandLines) return uses;
      return uses.map((use) => {
        const line = states.get(use.pid)?.folder.tryCommandLine();
        return line === undefined || line === '' ? use : { ...use, command_line: line };
      });
    },
  };
}

function createState(pid: number, { folder, countedMs }: Pick<State, 'folder' | 'countedMs'>): State {
  return {
    pid,
    folder,
    stat: undefined,
    counts: undefined,
    countedMs,
    ioBytes: undefined,
    ioMs: undefined,
    isIoDenied: false,
    tracked: undefined,
  };
}

/** Returns whether the I/O of an idle process need not be read: there was none lately, or it may not be read. */
function isAtRest({ isIoDenied, ioMs, tracked }: State, nowMs: number): boolean {
  return isIoDenied || (ioMs !== undefined && nowMs - ioMs < ioRestMs && (tracked?.ioBytes ?? 0) === 0);
}

function ioOf({ isIoDenied }: State, bytes: number, perSecond: number) {
  return isIoDenied ? undefined : { bytes, perSecond };
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

function isIdle({ use }: TrackedProcess): boolean {
  return use.cpu_cores === 0 && (use.io_bytes_per_second ?? 0) === 0;
}

/** Returns the process with its memory alone: it is idle, or what it used is not read yet. The same object for an idle process. */
function withoutUse(tracked: TrackedProcess | undefined): TrackedProcess | undefined {
  if (tracked === undefined || isIdle(tracked)) return tracked;
  const io = tracked.ioBytes === undefined ? {} : { io_bytes_per_second: 0 };
  return {
    ...tracked,
    cpuSeconds: 0,
    ioBytes: tracked.ioBytes === undefined ? undefined : 0,
    use: { ...tracked.use, cpu_cores: 0, ...io },
  };
}

/** Returns 0 for a counter that fell: the kernel adjusts user and system times against each other. */
function growth(value: number, before: number | undefined): number {
  return before === undefined ? 0 : Math.max(0, value - before);
}

function rounded(value: number, factor: number): number {
  return Math.round(value * factor) / factor;
}
