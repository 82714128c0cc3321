/** Tests the parsers of control group files. */
import { describe, expect, test } from '@jest/globals';
import {
  parseBlkio,
  parseCpuMax,
  parseFlatKeyed,
  parseIoStat,
  parseLimit,
  parseProcesses,
} from '../../../exporter/cgroup/cgroup-values.ts';

describe('keyed values', () => {
  test('are found at the beginning, in the middle and at the end', () => {
    const text = 'anon 1\nfile 2\nfile_mapped 3\nother 4';
    expect(parseFlatKeyed(text, ['anon', 'file_mapped', 'other', 'absent'], 'memory.stat')).toEqual({
      anon: 1,
      file_mapped: 3,
      other: 4,
    });
  });

  test('are not found inside longer names', () => {
    expect(parseFlatKeyed('inactive_file 7\n', ['file'], 'memory.stat')).toEqual({});
  });

  test('throw when a value is not a number', () => {
    expect(() => parseFlatKeyed('anon -1\n', ['anon'], 'memory.stat')).toThrow(
      'memory.stat anon: expected an unsigned integer, got "-1"',
    );
  });
});

describe('transfers of block devices', () => {
  test('of cgroup v2 are listed by device; a device without values is omitted', () => {
    const text = '8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n253:1 \n';
    expect(parseIoStat(text, 'io.stat')).toEqual([
      { device: '8:0', readBytes: 1, writtenBytes: 2, reads: 3, writes: 4 },
    ]);
  });

  test('of cgroup v1 are listed by device without the total', () => {
    const text = '8:0 Read 1\n8:0 Write 2\n8:0 Total 3\n8:16 Read 4\nTotal 7\n';
    expect(parseBlkio(text, 'blkio')).toEqual(
      new Map([
        ['8:0', { read: 1, write: 2 }],
        ['8:16', { read: 4, write: 0 }],
      ]),
    );
  });

  test.each(['8 rbytes=1', 'x:0 rbytes=1', '8:0 rbytes=1 wbytes=2 rios=3'])('throw for the line %s', (text) => {
    expect(() => parseIoStat(text, 'io.stat')).toThrow(/^io\.stat.*: expected/);
  });
});

test('parseLimit reads limits of cgroup v1 and v2, and returns Infinity for no limit', () => {
  expect(['max\n', '-1\n', '9223372036854771712\n', '4096\n'].map((text) => parseLimit(text, 'memory.max'))).toEqual([
    Infinity,
    Infinity,
    Infinity,
    4096,
  ]);
  expect(() => parseLimit('\n', 'memory.max')).toThrow('memory.max: expected an unsigned integer, got ""');
});

test('parseCpuMax returns quota and period, and Infinity for no quota', () => {
  expect(parseCpuMax('50000 100000\n', 'cpu.max')).toEqual({ quotaUs: 50_000, periodUs: 100_000 });
  expect(parseCpuMax('max 100000\n', 'cpu.max')).toEqual({ quotaUs: Infinity, periodUs: 100_000 });
  expect(() => parseCpuMax('max\n', 'cpu.max')).toThrow('cpu.max: expected an unsigned integer, got nothing');
});

test('parseProcesses returns the process ids', () => {
  expect(parseProcesses('12\n7\n', 'cgroup.procs')).toEqual([12, 7]);
  expect(parseProcesses('', 'cgroup.procs')).toEqual([]);
});
