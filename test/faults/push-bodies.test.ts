/**
 * Measures how long bodies that are large, deep or many when decoded hold up the event loop, and prints the longest turn. Run it on
 * a machine without other work.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bodyBombs } from '../support/body-bombs.ts';
import { createTestDecoder, type TestDecoder } from '../support/test-decoder.ts';
import { longestTurn } from '../support/turn-cost.ts';

const nowMs = Date.now();
let decoder: TestDecoder;

beforeEach(() => {
  decoder = createTestDecoder(nowMs);
});
afterEach(() => decoder.stop());

/** The promise is an answer of `/-/healthy` within 100 ms; compiling the code and collecting garbage are included. */
const maxTurnMs = 100;
const largeBytes = 31 * 2 ** 20;

function print(text: string): void {
  process.stderr.write(`${text}\n`);
}

test('every body has its answer, and none holds up the loop', async () => {
  const bombs = bodyBombs(nowMs, largeBytes);
  const answers: string[] = [];
  const { longestMs } = await longestTurn(async () => {
    for (const bomb of bombs) answers.push(`${bomb.format}, ${bomb.what}: ${await decoder.statusOf(bomb)}`);
  });
  print(`${bombs.length} bodies of 31 MiB: the longest turn took ${longestMs.toFixed(0)} ms of CPU time`);
  expect(answers).toEqual(bombs.map(({ what, format, status }) => `${format}, ${what}: ${status}`));
  expect(longestMs).toBeLessThan(maxTurnMs);
}, 300_000);

test('hundreds of small bodies at once are decoded in turns', async () => {
  const small = bodyBombs(nowMs, 120 * 1024).filter(
    ({ format, bytes, what }) =>
      format === 'collect' && bytes.length < 10_000 && what !== 'a megabyte of samples without tags',
  );
  const bodies = Array.from({ length: 30 }, () => small).flat();
  const { result, longestMs } = await longestTurn(() => Promise.all(bodies.map((body) => decoder.statusOf(body))));
  print(`${bodies.length} small bodies at once: the longest turn took ${longestMs.toFixed(0)} ms of CPU time`);
  expect(result.filter((status) => status >= 500)).toEqual([]);
  expect(longestMs).toBeLessThan(maxTurnMs);
}, 300_000);
