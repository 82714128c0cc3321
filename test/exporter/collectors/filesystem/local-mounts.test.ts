import { expect, test } from '@jest/globals';
import type { UsageReading } from '../../../../exporter/collectors/filesystem/filesystem-usage.ts';
import { createLocalMounts } from '../../../../exporter/collectors/filesystem/local-mounts.ts';
import { endsWithin } from '../../../support/ends-within.ts';

const usage: UsageReading = { usage: { sizeBytes: 1, freeBytes: 1, availBytes: 1, files: 1, filesFree: 1 } };

function createMounts(hung: readonly string[]) {
  const waiting = new Map<string, (reading: UsageReading) => void>();
  const mounts = createLocalMounts({
    read: (path) =>
      hung.includes(path) ? new Promise((resolve) => void waiting.set(path, resolve)) : Promise.resolve(usage),
    slotMs: 20,
  });
  return { mounts, answer: (path: string) => waiting.get(path)?.(usage) };
}

test('a mount that hangs costs a slot and its own reading', async () => {
  const { mounts, answer } = createMounts(['/hung']);
  const reading = mounts.readAll(['/a', '/hung', '/b']);
  expect(await endsWithin(500, reading)).toBe(true);
  const readings = await reading;
  expect(Object.fromEntries(readings)).toEqual({ '/a': usage, '/hung': { fault: 'mountpoint timeout' }, '/b': usage });
  expect(['/a', '/hung', '/b'].map((path) => mounts.mayRead(path))).toEqual([true, false, true]);
  answer('/hung');
  await new Promise(setImmediate);
  expect(mounts.mayRead('/hung')).toBe(true);
});

test('two hung calls leave the other threads of the pool free', async () => {
  const { mounts, answer } = createMounts(['/one', '/two']);
  await mounts.readAll(['/one', '/two', '/a']);
  expect(mounts.mayRead('/a')).toBe(false);
  answer('/one');
  answer('/two');
  await new Promise(setImmediate);
  expect(mounts.mayRead('/a')).toBe(true);
});
