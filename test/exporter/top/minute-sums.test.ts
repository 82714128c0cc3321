import { expect, test } from '@jest/globals';
import { createMinuteSums } from '../../../exporter/top/minute-sums.ts';
import type { TrackedProcess } from '../../../exporter/top/process-tracker.ts';

const process = (pid: number, cpuSeconds: number, memoryBytes = 0, ioBytes?: number): TrackedProcess => ({
  pid,
  startTicks: pid,
  name: `p${pid}`,
  memoryBytes,
  cpuSeconds,
  ioBytes,
  use: { pid, name: `p${pid}`, cpu_cores: 0, memory_bytes: memoryBytes },
});

test('a record has the passes of one minute, also those of processes that ended in it', () => {
  const sums = createMinuteSums();
  const start = Date.parse('2026-01-31T03:12:00Z');
  const at = (seconds: number, processes: readonly TrackedProcess[]) =>
    sums.add({ seconds: 5, processes, skipped: 0 }, start + seconds * 1_000, new Set([3]));
  expect(sums.add({ seconds: undefined, processes: [process(1, 99)], skipped: 0 }, start, new Set())).toBeUndefined();
  expect(at(5, [process(1, 5, 300, 600), process(2, 1), process(3, 0, 900), process(4, 0, 50)])).toBeUndefined();
  for (let seconds = 10; seconds < 60; seconds += 5) expect(at(seconds, [process(1, 4, 100, 0)])).toBeUndefined();
  // The pass at the full minute reads what was used before it.
  expect(at(60, [process(1, 4, 100)])).toBeUndefined();
  expect(at(65, [process(1, 5)])).toEqual({
    from_ms: start,
    to_ms: start + 60_000,
    processes: [
      { pid: 1, name: 'p1', cpu_cores: 0.8167, memory_bytes: 300, io_bytes_per_second: 10 },
      { pid: 2, name: 'p2', cpu_cores: 0.0167, memory_bytes: 0 },
      { pid: 3, name: 'p3', cpu_cores: 0, memory_bytes: 900 },
    ],
  });
  expect(sums.end()).toMatchObject({ from_ms: start + 60_000, processes: [{ pid: 1, cpu_cores: 1 }] });
  expect(sums.end()).toBeUndefined();
});
