/** Log files are rotated while the component writes, and survive the loss of their folder. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type LogFile, openLogFile } from '../../../stack/process/log-file.ts';

let root: string;
let path: string;
let nowMs: number;
let faults: string[];
let log: LogFile | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostpulse-log-file-'));
  path = join(root, 'data', 'logs', 'relay.log');
  mkdirSync(join(root, 'data'));
  nowMs = 0;
  faults = [];
});
afterEach(() => {
  log?.close();
  rmSync(root, { recursive: true, force: true });
});

function open(maxBytes = 100): LogFile {
  log = openLogFile({ path, maxBytes, onFault: (fault) => faults.push(String(fault)), now: () => nowMs });
  return log;
}

const read = (file: string): string => readFileSync(file, 'utf8');
const line = (number: number): string => `line ${String(number).padStart(4, '0')} .........\n`; // 20 bytes

test('creates the folder and appends for its user only', () => {
  open().write(Buffer.from('one\n'));
  log?.close();
  open().write(Buffer.from('two\n'));
  expect(read(path)).toBe('one\ntwo\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('rotates while the component writes: whole lines, bounded files, nothing lost between two rotations', () => {
  const written = Array.from({ length: 1_000 }, (_, number) => line(number)).join('');
  const file = open(10_000);
  for (let at = 0; at < written.length; at += 37) file.write(Buffer.from(written.slice(at, at + 37)));
  const [older, newer] = [read(`${path}.1`), read(path)];
  expect(written.endsWith(older + newer)).toBe(true);
  expect(older.length).toBeGreaterThan(9_900);
  expect(older.length).toBeLessThanOrEqual(10_020);
  expect(older.endsWith('\n')).toBe(true);
  expect(newer.length).toBeLessThanOrEqual(10_000);
  expect(faults).toEqual([]);
});

test('a file from an earlier run counts', () => {
  open().write(Buffer.from('x'.repeat(99)));
  log?.close();
  open().write(Buffer.from('y\nz\n'));
  expect([read(`${path}.1`), read(path)]).toEqual([`${'x'.repeat(99)}y\n`, 'z\n']);
});

test('a file that was renamed or deleted is created again within 5 s', () => {
  const file = open();
  file.write(Buffer.from('one\n'));
  renameSync(path, `${path}.old`);
  file.write(Buffer.from('two\n'));
  nowMs += 5_000;
  file.write(Buffer.from('three\n'));
  expect([read(`${path}.old`), read(path)]).toEqual(['one\ntwo\n', 'three\n']);
  rmSync(path);
  nowMs += 5_000;
  file.write(Buffer.from('four\n'));
  expect(read(path)).toBe('four\n');
  expect(faults).toEqual([]);
});

test('while the data directory is missing, output stays bounded and is reported once; the file comes back with the directory', () => {
  const [data, moved] = [join(root, 'data'), join(root, 'moved')];
  const file = open();
  renameSync(data, moved);
  for (let number = 0; number < 40; number += 1) {
    nowMs += 1_000;
    file.write(Buffer.from(line(number)));
  }
  expect(faults).toEqual([expect.stringMatching(/ENOENT.*mkdir/)]);
  expect(statSync(join(moved, 'logs', 'relay.log')).size).toBeLessThanOrEqual(120);
  mkdirSync(data);
  nowMs += 5_000;
  file.write(Buffer.from('back\n'));
  expect(read(path)).toBe('back\n');
  rmSync(data, { recursive: true });
  nowMs += 5_000;
  file.write(Buffer.from('gone\n'));
  expect(faults).toHaveLength(2);
});
