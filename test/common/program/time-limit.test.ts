import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { inTime, tryInTime } from '../../../common/program/time-limit.ts';

const late = (): Error => new Error('late');

test('work that ends in time decides', async () => {
  await expect(inTime(Promise.resolve(1), 1_000, late)).resolves.toBe(1);
  await expect(inTime(Promise.reject(new Error('failed')), 1_000, late)).rejects.toThrow('failed');
});

test('work that hangs is left after the limit, and its later error is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  const work = Promise.withResolvers<never>();
  await expect(inTime(work.promise, 1, late)).rejects.toThrow('late');
  work.reject(new Error('failed afterwards'));
  await sleep(1);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('tryInTime resolves with the value, rejects with an error in time, and resolves with undefined after the limit', async () => {
  await expect(tryInTime(Promise.resolve(1), 1_000)).resolves.toBe(1);
  await expect(tryInTime(Promise.reject(new Error('failed')), 1_000)).rejects.toThrow('failed');
  await expect(tryInTime(Promise.withResolvers<number>().promise, 1)).resolves.toBeUndefined();
});
