import { describe, expect, test } from '@jest/globals';
import type { ProcessCounts, ProcessFiles } from '../../../exporter/top/process-files.ts';
import { createProcessTracker, type PassKind } from '../../../exporter/top/process-tracker.ts';

interface Host {
  timeMs: number;
  cpuMs: number;
  readonly counts: Map<number, ProcessCounts>;
  readonly io: Map<number, number>;
  /** Processes whose counts and whose I/O were read, in order. */
  readonly reads: number[];
  readonly ioReads: number[];
}

/** Returns the text of a stat file with the counts. */
function statOf(pid: number, { name, cpuTicks, startTicks, residentPages }: ProcessCounts): string {
  return `${pid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${cpuTicks} 0 0 0 20 0 1 0 ${startTicks} 9 ${residentPages} 0 0\n`;
}

function createHost(limitMs = 1_000) {
  const host: Host = { timeMs: 0, cpuMs: 0, counts: new Map(), io: new Map(), reads: [], ioReads: [] };
  const files: ProcessFiles = {
    list: () => [...host.counts.keys()],
    folder: (pid) => ({
      tryStat() {
        host.reads.push(pid);
        host.cpuMs += 1;
        const counts = host.counts.get(pid);
        return counts && statOf(pid, counts);
      },
      tryIoBytes() {
        host.ioReads.push(pid);
        return host.io.get(pid);
      },
      tryCommandLine: () => (pid === 1 ? 'sh -c x' : undefined),
    }),
  };
  const tracker = createProcessTracker({
    files,
    pageBytes: 4_096,
    hasCommandLines: true,
    limitMs,
    monotonicMs: () => host.timeMs,
    cpuMs: () => host.cpuMs,
  });
  const set = (pid: number, cpuTicks: number, startTicks = 100): unknown =>
    host.counts.set(pid, { name: `p${pid}`, cpuTicks, startTicks, residentPages: 10 });
  const pass = (afterMs = 5_000, kind: PassKind = 'full') => {
    host.timeMs += afterMs;
    host.reads.length = 0;
    host.ioReads.length = 0;
    const { seconds, processes, skipped } = tracker.read(kind);
    const cpu = Object.fromEntries(processes.map(({ pid, cpuSeconds }) => [pid, cpuSeconds]));
    return { seconds, processes, skipped, cpu };
  };
  return { host, tracker, set, pass };
}

describe('the use of a process', () => {
  test('is unknown in the first pass, then the growth since the last reading', () => {
    const { host, set, pass } = createHost();
    set(1, 10_000);
    host.io.set(1, 5_000_000);
    expect(pass()).toMatchObject({ seconds: undefined, cpu: { 1: 0 } });
    set(1, 10_250);
    host.io.set(1, 6_000_000);
    const { seconds, processes } = pass();
    expect(seconds).toBe(5);
    expect(processes).toEqual([
      {
        pid: 1,
        startTicks: 100,
        name: 'p1',
        memoryBytes: 40_960,
        cpuSeconds: 2.5,
        ioBytes: 1_000_000,
        use: { pid: 1, name: 'p1', cpu_cores: 0.5, memory_bytes: 40_960, io_bytes_per_second: 200_000 },
      },
    ]);
  });

  test('counts from its start when the process appeared since the last pass', () => {
    const { host, set, pass } = createHost();
    set(1, 10);
    pass();
    set(2, 300);
    host.io.set(2, 10_000);
    const [, second] = pass().processes;
    expect(second).toMatchObject({ pid: 2, cpuSeconds: 3, ioBytes: 10_000 });
    expect(second?.use).toMatchObject({ cpu_cores: 0.6, io_bytes_per_second: 2_000 });
  });

  test('is that of the new process when its number is used again', () => {
    const { set, pass } = createHost();
    set(1, 10_000);
    pass();
    set(1, 50, 900);
    expect(pass().processes).toMatchObject([{ startTicks: 900, cpuSeconds: 0.5 }]);
  });

  test('is not negative when the kernel corrects a time', () => {
    const { set, pass } = createHost();
    set(1, 100);
    pass();
    set(1, 99);
    expect(pass().cpu).toEqual({ 1: 0 });
  });

  test('ends with the process', () => {
    const { host, set, pass } = createHost();
    set(1, 100);
    set(2, 100);
    pass();
    host.counts.delete(1);
    expect(pass().cpu).toEqual({ 2: 0 });
  });
});

describe('the cost of a pass', () => {
  test('I/O of idle processes is read once a minute, and never again where it may not be read', () => {
    const { host, set, pass } = createHost();
    set(1, 100);
    set(2, 100);
    host.io.set(1, 0);
    pass();
    expect(host.ioReads).toEqual([1, 2]);
    pass();
    expect(host.ioReads).toEqual([]);
    set(1, 101);
    set(2, 101);
    pass();
    expect(host.ioReads).toEqual([1]);
    pass(60_000);
    expect(host.ioReads).toEqual([1]);
  });

  test('a quick pass leaves out idle processes, whose use counts in the next full pass', () => {
    const { host, set, pass } = createHost();
    set(1, 0);
    set(2, 0);
    pass();
    set(1, 100);
    pass();
    set(2, 300);
    set(3, 50);
    const quick = pass(5_000, 'quick');
    expect(host.reads).toEqual([1, 3]);
    expect(quick.cpu).toEqual({ 1: 0, 2: 0, 3: 0.5 });
    const { processes } = pass();
    expect(processes.find(({ pid }) => pid === 2)).toMatchObject({ cpuSeconds: 3, use: { cpu_cores: 0.3 } });
    host.counts.delete(1);
    expect(pass(5_000, 'quick').cpu).toEqual({ 2: 0, 3: 0 });
  });

  test('a pass ends at its limit; the next one begins with busy processes, then those that it did not reach', () => {
    const { host, set, pass } = createHost(10);
    for (let pid = 1; pid <= 40; pid++) set(pid, 0);
    expect(pass().skipped).toBe(24);
    expect(host.reads).toEqual(Array.from({ length: 16 }, (_, at) => at + 1));
    set(3, 200);
    pass();
    expect(host.reads).toEqual(Array.from({ length: 16 }, (_, at) => at + 17));
    pass();
    expect(host.reads).toEqual([33, 34, 35, 36, 37, 38, 39, 40, 1, 2, 3, 4, 5, 6, 7, 8]);
    set(50, 0);
    pass();
    expect(host.reads).toEqual([3, 50, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]);
  });

  test('the use of a process that was not reached counts from its last reading', () => {
    const { set, pass } = createHost(10);
    for (let pid = 1; pid <= 32; pid++) set(pid, 0);
    pass();
    pass();
    set(1, 1_000);
    const { processes } = pass();
    expect(processes.find(({ pid }) => pid === 1)).toMatchObject({ cpuSeconds: 10, use: { cpu_cores: 1 } });
  });

  test('a blocked file ends the pass', () => {
    const { host, set, pass } = createHost(10);
    for (let pid = 1; pid <= 20; pid++) set(pid, 0);
    const { counts } = host;
    const get = counts.get.bind(counts);
    counts.get = (pid) => {
      host.timeMs += 200;
      return get(pid);
    };
    expect(pass().skipped).toBe(12);
  });
});

test('withCommandLines adds the lines of processes that have one', () => {
  const { tracker, set, pass } = createHost();
  set(1, 0);
  set(2, 0);
  pass();
  const use = { name: 'x', cpu_cores: 0, memory_bytes: 0 };
  expect(
    tracker.withCommandLines([
      { ...use, pid: 1 },
      { ...use, pid: 2 },
    ]),
  ).toEqual([
    { ...use, pid: 1, command_line: 'sh -c x' },
    { ...use, pid: 2 },
  ]);
});
