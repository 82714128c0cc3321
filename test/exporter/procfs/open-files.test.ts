/** Files of the real procfs, and of a folder. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createFileReader } from '../../../exporter/procfs/open-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-open-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const openFiles = (): number => readdirSync('/proc/self/fd').length;

test('each read of a file of procfs is a new reading', () => {
  const { read } = createFileReader();
  // The kernel returns another text at each read.
  const readings = Array.from({ length: 20 }, () => read('/proc/sys/kernel/random/uuid'));
  expect(new Set(readings).size).toBe(20);
  for (const reading of readings) expect(reading).toMatch(/^[0-9a-f-]{36}\n$/);
});

test('a file of procfs stays open', () => {
  const { read } = createFileReader();
  const before = openFiles();
  for (let time = 0; time < 5; time++) read('/proc/version');
  expect(openFiles()).toBe(before + 1);
});

test('a text longer than the buffer, which the kernel returns in pages, is whole', () => {
  const { read } = createFileReader();
  const path = '/proc/kallsyms';
  const whole = readFileSync(path, 'utf8');
  expect(whole.length).toBeGreaterThan(200_000);
  for (let time = 0; time < 3; time++) expect(read(path)).toBe(whole);
});

test('files of a process are not kept open', () => {
  const { read } = createFileReader();
  const before = openFiles();
  const path = `/proc/${process.pid}/cmdline`;
  for (let time = 0; time < 3; time++) expect(read(path)).toBe(readFileSync(path, 'utf8'));
  expect(openFiles()).toBe(before);
});

test('a file that another replaced is read under its name', () => {
  const { read } = createFileReader();
  const before = openFiles();
  const path = join(folder, 'meminfo');
  for (const text of ['', 'one\n', 'größer\n']) {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    expect(read(path)).toBe(text);
  }
  expect(openFiles()).toBe(before);
  rmSync(path);
  expect(() => read(path)).toThrow(`ENOENT: no such file or directory, open '${path}'`);
});

test('an error names the path', () => {
  const { read } = createFileReader();
  for (let time = 0; time < 2; time++) {
    expect(() => read('/proc/absent')).toThrow("ENOENT: no such file or directory, open '/proc/absent'");
  }
});

test('tryRead finds a file that is created, removed and created', () => {
  const { tryRead } = createFileReader();
  const path = join(folder, 'comes-and-goes');
  for (const text of ['one', 'two']) {
    for (let time = 0; time < 2; time++) expect(tryRead(path)).toBeUndefined();
    writeFileSync(path, text);
    for (let time = 0; time < 2; time++) expect(tryRead(path)).toBe(text);
    rmSync(path);
  }
});

test('tryRead throws other errors than a missing file', () => {
  const { tryRead } = createFileReader();
  for (let time = 0; time < 2; time++) expect(() => tryRead(folder)).toThrow('EISDIR');
});
