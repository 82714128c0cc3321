/** Checks written archives with tar: content, modes, links, times and long paths. Paths that ustar cannot store are refused. */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { completeEntries, type Entry } from '../../../../scripts/package/archive/entry.ts';
import { writeTar } from '../../../../scripts/package/archive/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-tar-'));
afterAll(() => rmSync(folder, { recursive: true }));

const long = `${'directory/'.repeat(12)}file`;
const entries: readonly Entry[] = [
  { path: 'bin/run', mode: 0o755, content: Buffer.from('#!/bin/sh\n') },
  { path: 'etc/empty', mode: 0o640, content: Buffer.alloc(0) },
  { path: 'bin/link', mode: 0o777, link: 'run' },
  { path: long, mode: 0o644, content: Buffer.alloc(1_000, 'x') },
];

test('tar unpacks every entry as it was', () => {
  const archive = writeTar(completeEntries(entries), { timeSeconds: 1_700_000_000, prefix: 'top/' });
  execFileSync('tar', ['xpf', '-', '-C', folder], { input: archive });
  const stat = (path: string) => lstatSync(join(folder, 'top', path));
  expect([stat('bin/run').mode & 0o777, stat('etc/empty').mode & 0o777]).toEqual([0o755, 0o640]);
  expect(stat('bin/run').mtimeMs).toBe(1_700_000_000_000);
  expect(readlinkSync(join(folder, 'top', 'bin', 'link'))).toBe('run');
  expect(readFileSync(join(folder, 'top', long), 'utf8')).toBe('x'.repeat(1_000));
  expect(readFileSync(join(folder, 'top', 'bin', 'run'), 'utf8')).toBe('#!/bin/sh\n');
});

test('every entry belongs to root, and entries are sorted', () => {
  const archive = writeTar(completeEntries(entries), { timeSeconds: 0 });
  const lines = execFileSync('tar', ['tvf', '-'], { input: archive, encoding: 'utf8' }).trim().split('\n');
  expect(lines).toHaveLength(4 + 2 + 12);
  for (const line of lines) expect(line).toMatch(/^\S+ root\/root /);
  expect(lines.map((line) => line.split(' ').at(-1)).slice(0, 2)).toEqual(['bin/', 'run']);
});

test('a path that ustar cannot hold is refused', () => {
  const path = 'x'.repeat(101);
  expect(() => writeTar([{ path, mode: 0o644 }], { timeSeconds: 0 })).toThrow(`the path is too long for tar: ${path}`);
});

test('two entries of the same path are refused', () => {
  const twice: readonly Entry[] = [
    { path: 'a', mode: 0o644, content: Buffer.alloc(1) },
    { path: 'a', mode: 0o644, content: Buffer.alloc(2) },
  ];
  expect(() => completeEntries(twice)).toThrow('two entries for a');
});
