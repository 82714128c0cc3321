import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  createProcessFiles,
  parseCommandLine,
  parseIoBytes,
  parseProcessCounts,
} from '../../../exporter/top/process-files.ts';

const statOf = (name: string) =>
  `42 (${name}) S 1 42 42 0 -1 4194560 1289 0 3 0 150 25 0 0 20 0 1 0 5000 12345 300 18446744073709551615 1 1 0\n`;

describe('parseProcessCounts', () => {
  test.each(['postgres', 'a) b (c', 'Web Content', 'kworker/0:1-events', ''])('reads the name %j', (name) => {
    expect(parseProcessCounts(statOf(name), 'stat')).toEqual({
      name,
      cpuTicks: 175,
      startTicks: 5000,
      residentPages: 300,
    });
  });

  test.each([
    ['', 'stat: expected "pid (command) state" and its columns'],
    ['42 (sh) S 1 2', 'stat: expected "pid (command) state" and its columns'],
    [statOf('sh').replace(' 150 ', ' -1 '), 'stat: expected an unsigned integer, got "-1"'],
  ])('throws for %j', (text, message) => {
    expect(() => parseProcessCounts(text, 'stat')).toThrow(message);
  });
});

test('parseIoBytes adds what disks read and wrote', () => {
  const text =
    'rchar: 9\nwchar: 9\nsyscr: 1\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 1\n';
  expect(parseIoBytes(text, 'io')).toBe(12288);
  expect(() => parseIoBytes('rchar: 9\n', 'io')).toThrow('io read_bytes: expected an unsigned integer, got nothing');
});

test('parseCommandLine joins arguments, without control characters, and cuts long ones', () => {
  expect(parseCommandLine('sh\0-c\0echo a\nb\0')).toBe('sh -c echo a b');
  expect(parseCommandLine('x'.repeat(9_000))).toHaveLength(256);
});

test('processes that end or may not be read are undefined', () => {
  const procfs = mkdtempSync(join(tmpdir(), 'hostpulse-top-'));
  mkdirSync(join(procfs, '42'));
  mkdirSync(join(procfs, 'sys'));
  writeFileSync(join(procfs, '42', 'stat'), statOf('sh'));
  writeFileSync(join(procfs, '42', 'cmdline'), '');
  const files = createProcessFiles(procfs);
  expect(files.list()).toEqual([42]);
  const folder = files.folder(42);
  expect(folder.tryStat()).toBe(statOf('sh'));
  expect(files.folder(43).tryStat()).toBeUndefined();
  expect(folder.tryIoBytes()).toBeUndefined();
  expect(folder.tryCommandLine()).toBeUndefined();
});
