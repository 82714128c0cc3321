import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import {
  parseStatFault,
  parseStatOutput,
  readLocalUsage,
  statArguments,
} from '../../../../exporter/collectors/filesystem/filesystem-usage.ts';

test('statfs in this thread and in a child return equal sizes', () => {
  const local = readLocalUsage('/proc/..');
  const { stdout } = spawnSync('stat', statArguments('/'), { encoding: 'utf8' });
  const child = parseStatOutput(stdout);
  if (!('usage' in local)) throw new Error(local.fault);
  expect(child.sizeBytes).toBeGreaterThan(0);
  expect(local.usage.sizeBytes).toBe(child.sizeBytes);
  expect(local.usage.files).toBe(child.files);
});

test('the size equals that of df', () => {
  const { stdout } = spawnSync('df', ['--block-size=1', '--output=size', '/'], { encoding: 'utf8' });
  const local = readLocalUsage('/');
  if (!('usage' in local)) throw new Error(local.fault);
  expect(local.usage.sizeBytes).toBe(Number(stdout.split('\n')[1]));
});

test("faults of both have the system's error text", () => {
  expect(readLocalUsage('/no/such/mount')).toEqual({ fault: 'no such file or directory' });
  const { stderr } = spawnSync('stat', statArguments('/no/such/mount'), { encoding: 'utf8', env: { LC_ALL: 'C' } });
  expect(parseStatFault(stderr)).toBe('no such file or directory');
  expect(parseStatFault('')).toBe('stat failed');
});

test.each(['', '1 2 3 4 5 6', '1 2 3 4 5\n', '1 2 3 4 5 6 7\n', '4096 1 2 3 4 -5\n', '? 1 2 3 4 5\n'])(
  'rejects %j',
  (text) => expect(() => parseStatOutput(text)).toThrow(/stat -f/),
);
