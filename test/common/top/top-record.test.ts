import { describe, expect, test } from '@jest/globals';
import {
  busiestBy,
  busiestByAny,
  type ProcessUse,
  packProcesses,
  unpackProcesses,
} from '../../../common/top/top-record.ts';

const use = (pid: number, cpu: number, memory = 0, io?: number): ProcessUse => ({
  pid,
  name: `p${pid}`,
  cpu_cores: cpu,
  memory_bytes: memory,
  ...(io === undefined ? {} : { io_bytes_per_second: io }),
});
const pids = (uses: readonly ProcessUse[]) => uses.map(({ pid }) => pid);

describe('busiestBy', () => {
  test('returns the first ten in order, the earlier one first at the same value', () => {
    const uses = Array.from({ length: 15 }, (_, pid) => use(pid, pid % 5));
    expect(pids(busiestBy('cpu', uses))).toEqual([4, 9, 14, 3, 8, 13, 2, 7, 12, 1]);
  });

  test('leaves out processes that used nothing, or whose I/O is not known', () => {
    expect(pids(busiestBy('cpu', [use(1, 0), use(2, 0.1)]))).toEqual([2]);
    expect(pids(busiestBy('io', [use(1, 1), use(2, 1, 0, 0), use(3, 0, 0, 7)]))).toEqual([3]);
    expect(busiestBy('memory', [])).toEqual([]);
  });
});

test('busiestByAny has each process once, those by CPU first', () => {
  const uses = [use(1, 0, 900), use(2, 0.5, 100), use(3, 0, 0, 5), use(4, 0)];
  expect(pids(busiestByAny(uses))).toEqual([2, 1, 3]);
});

test('a packed record is read back as it was', () => {
  const uses = [use(1, 0.5, 100, 3), { ...use(2, 0), command_line: 'sh -c "x"' }, { ...use(3, 1), name: 'a "b")' }];
  expect(unpackProcesses(packProcesses(uses))).toEqual(uses);
});
