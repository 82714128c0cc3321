/** Turns of the event loop among callers. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createLoopTurns } from '../../../ingest-gateway/decode/loop-turns.ts';

function busy(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test('work runs at once while the turn has time, and callers that wait take turns', async () => {
  const turns = createLoopTurns();
  const order: string[] = [];
  const run = (caller: string, ms: number) => turns.run(caller, () => (busy(ms), order.push(caller)));
  const all = [run('a', 12), run('a', 12), run('a', 12), run('b', 12), run('c', 1)];
  expect(order).toEqual(['a']);
  await nextTurn();
  expect(order).toEqual(['a', 'a']);
  await Promise.all(all);
  expect(order).toEqual(['a', 'a', 'b', 'c', 'a']);
});

test('an error of the work reaches its caller alone', async () => {
  const turns = createLoopTurns();
  const fail = (): never => {
    throw new Error('no');
  };
  const first = turns.run('a', () => busy(12));
  const second = turns.run('a', fail);
  await expect(turns.run('a', () => 7)).resolves.toBe(7);
  await expect(second).rejects.toThrow('no');
  await expect(first).resolves.toBeUndefined();
});
