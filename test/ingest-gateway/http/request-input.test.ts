/** The memory of bodies, by caller and in all. */
import { expect, test } from '@jest/globals';
import { createByteBudget } from '../../../ingest-gateway/http/request-input.ts';

test('a caller that uses its share leaves the rest to the others', () => {
  const budget = createByteBudget({ maxBytes: 10, maxCallerBytes: 6 });
  expect([budget.take('a', 4), budget.take('a', 3), budget.take('a', 2)]).toEqual([true, false, true]);
  expect([budget.take('b', 5), budget.take('b', 4)]).toEqual([false, true]);
  budget.release('a', 6);
  expect([budget.take('b', 2), budget.take('c', 4), budget.take('c', 1)]).toEqual([true, true, false]);
});
