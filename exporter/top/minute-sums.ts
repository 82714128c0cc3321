/** Sums the use of processes over a minute of the clock. Processes that ended within the minute count with what was read of them. */
import { busiestByAny, type ProcessUse, type TopRecord } from '../../common/top/top-record.ts';
import type { Pass, TrackedProcess } from './process-tracker.ts';

export interface MinuteSums {
  /** Adds a pass that ended at `nowMs`; an idle process counts when its number is in `busiest`. Returns the record of the previous minute when the pass is the first of another minute. */
  add(pass: Pass, nowMs: number, busiest: ReadonlySet<number>): TopRecord | undefined;
  /** Returns the record of the passes since the last record, and begins the next one. Undefined without passes. */
  end(): TopRecord | undefined;
}

const minuteMs = 60_000;

interface Sum {
  pid: number;
  name: string;
  cpuSeconds: number;
  memoryBytes: number;
  ioBytes: number | undefined;
}

export function createMinuteSums(): MinuteSums {
  let sums = new Map<string, Sum>();
  let seconds = 0;
  let minute: number | undefined;
  let endMs = 0;

  function end(): TopRecord | undefined {
    if (seconds === 0) return undefined;
    const uses = [...sums.values()].map((sum) => useOf(sum, seconds));
    const record = { from_ms: Math.round(endMs - seconds * 1_000), to_ms: endMs, processes: busiestByAny(uses) };
    sums = new Map();
    seconds = 0;
    return record;
  }

  function addProcess({ pid, startTicks, name, cpuSeconds, memoryBytes, ioBytes }: TrackedProcess): void {
    const key = `${pid} ${startTicks}`;
    const sum = sums.get(key) ?? { pid, name, cpuSeconds: 0, memoryBytes: 0, ioBytes: undefined };
    sums.set(key, sum);
    sum.name = name;
    sum.cpuSeconds += cpuSeconds;
    sum.memoryBytes = Math.max(sum.memoryBytes, memoryBytes);
    if (ioBytes !== undefined) sum.ioBytes = (sum.ioBytes ?? 0) + ioBytes;
  }

  return {
    add(pass, nowMs, busiest) {
      if (pass.seconds === undefined) return undefined;
      const middleMs = nowMs - (pass.seconds * 1_000) / 2;
      const isNext = minute !== undefined && Math.floor(middleMs / minuteMs) !== minute;
      const record = isNext ? end() : undefined;
      minute = Math.floor(middleMs / minuteMs);
      for (const process of pass.processes)
        if (process.cpuSeconds > 0 || (process.ioBytes ?? 0) > 0 || busiest.has(process.pid)) addProcess(process);
      seconds += pass.seconds;
      endMs = nowMs;
      return record;
    },
    end,
  };
}

function useOf({ pid, name, cpuSeconds, memoryBytes, ioBytes }: Sum, seconds: number): ProcessUse {
  return {
    pid,
    name,
    cpu_cores: Math.round((cpuSeconds / seconds) * 1e4) / 1e4,
    memory_bytes: memoryBytes,
    ...(ioBytes === undefined ? {} : { io_bytes_per_second: Math.round(ioBytes / seconds) }),
  };
}
