/** Firing times: `for`, gaps, the ends of the range, several series, several query results. */
import { expect, test } from '@jest/globals';
import { createFiringTimes } from '../../../../ingest-gateway/rules/check/firing-times.ts';

const stepMs = 10;
const endMs = 1_000;
const labels = { __name__: 'up', instance: 'a' };
const at = (...times: readonly number[]) => times.map((timeMs) => [timeMs, 1] as const);
const every = (fromMs: number, toMs: number) =>
  Array.from({ length: (toMs - fromMs) / stepMs + 1 }, (_, n) => fromMs + n * stepMs);

function episodesOf(times: readonly number[], forMs = 0) {
  const firing = createFiringTimes({ stepMs, forMs, endMs });
  firing.add([{ labels, points: at(...times) }]);
  return firing.finish().flatMap(({ episodes }) => episodes.map(({ startsAtMs, endsAtMs }) => [startsAtMs, endsAtMs]));
}

test.each([
  ['nothing', [], 0, []],
  ['one point fires at once without for', [100], 0, [[100, 110]]],
  ['one point is pending with it', [100], 1, []],
  ['just short of for', every(100, 140), 50, []],
  ['for, to the point', every(100, 150), 50, [[150, 160]]],
  [
    'a gap of one step ends it',
    [...every(100, 120), ...every(140, 160)],
    0,
    [
      [100, 130],
      [140, 170],
    ],
  ],
  ['and starts for again', [...every(100, 140), ...every(160, 200)], 50, []],
  ['what holds at the end has no end', every(900, 1_000), 50, [[950, undefined]]],
  ['what ended a step before has one', every(900, 990), 50, [[950, 1_000]]],
] as const)('%s', (_what, times, forMs, expected) => {
  expect(episodesOf(times, forMs)).toEqual(expected);
});

test('an episode continues in the next query result; labels without `__name__` identify a series', () => {
  const firing = createFiringTimes({ stepMs, forMs: 30, endMs });
  firing.add([{ labels, points: at(480, 490, 500) }]);
  firing.add([
    { labels: { instance: 'a', __name__: 'other' }, points: at(510, 520) },
    { labels: { instance: 'b' }, points: at(510) },
  ]);
  expect(firing.finish()).toEqual([{ labels: { instance: 'a' }, episodes: [{ startsAtMs: 510, endsAtMs: 530 }] }]);
});
