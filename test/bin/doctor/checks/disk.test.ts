/** Free space is judged against the reserve and the expected growth. */
import { expect, test } from '@jest/globals';
import { judgeSpace } from '../../../../bin/doctor/checks/disk.ts';

const gib = 2 ** 30;

test.each([
  [0.1 * gib, undefined, 'fault'],
  [1 * gib, undefined, 'warning'],
  [3 * gib, undefined, 'ok'],
  [3 * gib, 4 * gib, 'warning'],
  [7 * gib, 4 * gib, 'ok'],
] as const)('%d bytes free, %s to grow: %s', (freeBytes, growthBytes, level) => {
  const found = judgeSpace('/data', { freeBytes, totalBytes: 100 * gib }, growthBytes);
  expect(found.map((each) => each.level)).toEqual([level]);
});
