import { expect, test } from '@jest/globals';
import { fairLimit } from '../../../ingest-gateway/top/size-limit.ts';

test.each([
  [[], 10, Infinity],
  [[3, 3], 6, Infinity],
  [[3, 4], 6, 3],
  [[1, 10, 10], 11, 5],
  [[10, 1, 4], 9, 4],
  [[100], 0, 0],
  [[2, 2, 2], 5, 1],
])('sizes %j in %d', (sizes, total, expected) => {
  const limit = fairLimit(sizes, total);
  expect(limit).toBe(expected);
  expect(sizes.reduce((sum, size) => sum + Math.min(size, limit), 0)).toBeLessThanOrEqual(total);
});
