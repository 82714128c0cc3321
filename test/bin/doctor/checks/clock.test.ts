/** The clock of a machine is compared with the header Date, which has whole seconds. */
import { expect, test } from '@jest/globals';
import { judgeOffset } from '../../../../bin/doctor/checks/clock.ts';

const startedMs = Date.parse('2026-11-29T12:00:00.000Z');

test.each([
  ['2026-11-29T12:00:00Z', 0, undefined],
  ['2026-11-29T12:00:04Z', 0, undefined],
  ['2026-11-29T12:00:20Z', 0, "the clock of this machine is 21 s behind the server's"],
  ['2026-11-29T11:50:00Z', 0, "the clock of this machine is 600 s ahead of the server's"],
  ['2026-11-29T12:00:10Z', 20_000, undefined],
] as const)('%s, answered within %d ms', (date, tookMs, expected) => {
  const [found] = judgeOffset({ dateMs: Date.parse(date), startedMs, endedMs: startedMs + tookMs });
  expect(found?.message).toBe(expected);
});
