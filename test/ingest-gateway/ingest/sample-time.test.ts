/** Times of samples: the limits, and times in another unit. */
import { expect, test } from '@jest/globals';
import { timeFault } from '../../../ingest-gateway/ingest/sample-time.ts';

const nowMs = 1_795_395_685_000;
const hourMs = 3_600_000;

test.each([
  ['now', nowMs, undefined],
  ['the oldest', nowMs - 26 * hourMs, undefined],
  ['the newest', nowMs + 60_000, undefined],
  ['too old', nowMs - 26 * hourMs - 1, ['too_old', 'older than 26 h']],
  ['too new', nowMs + 60_001, ['too_new', "more than 60 s ahead of the gateway's clock: 60001 ms"]],
  ['seconds', nowMs / 1_000, ['too_old', 'expected milliseconds since the epoch; this looks like seconds']],
  ['seconds of last year', nowMs / 1_000 - 31_536_000, ['too_old', expect.stringContaining('looks like seconds')]],
  ['microseconds', nowMs * 1_000, ['too_new', 'expected milliseconds since the epoch; this looks like microseconds']],
  ['nanoseconds', nowMs * 1e6, ['too_new', 'expected milliseconds since the epoch; this looks like nanoseconds']],
  ['1970', 0, ['too_old', 'older than 26 h']],
  ['a fraction', nowMs + 0.5, ['malformed', `expected whole milliseconds, got ${nowMs + 0.5}`]],
])('%s', (_, timestampMs, expected) => {
  expect(timeFault(timestampMs, nowMs)).toEqual(expected);
});

test.each([
  ['seconds', 1e3],
  ['milliseconds', 1],
  ['microseconds', 1e-3],
] as const)('where nanoseconds are expected: %s', (unit, msPerUnit) => {
  const asNanoseconds = Math.floor(nowMs / msPerUnit / 1e6);
  expect(timeFault(asNanoseconds, nowMs, 'nanoseconds')).toEqual([
    'too_old',
    `expected nanoseconds since the epoch; this looks like ${unit}`,
  ]);
});
