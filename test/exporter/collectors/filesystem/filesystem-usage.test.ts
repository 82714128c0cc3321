import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  parseStatFault,
  parseStatOutput,
  readLocalUsage,
  statCommand,
} from '../../../../exporter/collectors/filesystem/filesystem-usage.ts';

test('statfs in the thread pool and in a child return equal sizes', async () => {
  const local = await readLocalUsage('/proc/..');
  const { command, args } = statCommand('/');
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  const child = parseStatOutput(stdout);
  if (!('usage' in local)) throw new Error(local.fault);
  expect(child.sizeBytes).toBeGreaterThan(0);
  expect(local.usage.sizeBytes).toBe(child.sizeBytes);
  expect(local.usage.files).toBe(child.files);
});

test('the size equals that of df', async () => {
  const { stdout } = spawnSync('df', ['--block-size=1', '--output=size', '/'], { encoding: 'utf8' });
  const local = await readLocalUsage('/');
  if (!('usage' in local)) throw new Error(local.fault);
  expect(local.usage.sizeBytes).toBe(Number(stdout.split('\n')[1]));
});

test("faults of both have the system's error text", async () => {
  expect(await readLocalUsage('/no/such/mount')).toEqual({ fault: 'no such file or directory' });
  const { command, args } = statCommand('/no/such/mount');
  const { stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  expect(parseStatFault(stderr)).toBe('no such file or directory');
  expect(parseStatFault('')).toBe('stat failed');
});

test('paths that are not UTF-8 are read in the thread pool and in a child', async () => {
  const work = mkdtempSync(join(tmpdir(), 'usage-'));
  const bytePath = join(work, 'cass\xe9 \\ "\n');
  mkdirSync(Buffer.from(bytePath, 'latin1'));
  const local = await readLocalUsage(bytePath);
  const { command, args } = statCommand(bytePath);
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  rmSync(work, { recursive: true });
  if (!('usage' in local)) throw new Error(local.fault);
  expect(parseStatOutput(stdout).sizeBytes).toBe(local.usage.sizeBytes);
});

test.each(['', '1 2 3 4 5 6', '1 2 3 4 5\n', '1 2 3 4 5 6 7\n', '4096 1 2 3 4 -5\n', '? 1 2 3 4 5\n'])(
  'rejects %j',
  (text) => expect(() => parseStatOutput(text)).toThrow(/stat -f/),
);
