/** Empty panels in the first minutes of a host. */
import { expect, test } from '@jest/globals';
import { firstSampleOf, tryCollectingText } from '../../../../console/dashboard/queries/collecting.ts';
import { predictSelection } from '../../../../console/dashboard/queries/variables.ts';
import { dashboardOf } from '../../../support/dashboards.ts';

const nowMs = Date.parse('2026-11-29T12:00:40Z');

async function textOf(rangeMs: number, ageMs: number) {
  const range = { fromMs: nowMs - rangeMs, toMs: nowMs };
  const selection = await predictSelection(dashboardOf('cpu'), { requested: new Map(), range, nowMs });
  if (selection === undefined) throw new Error('expected values of all variables');
  return tryCollectingText(firstSampleOf((nowMs - ageMs) / 1_000, nowMs), selection, nowMs);
}

const hourMs = 3_600_000;

test.each([
  [hourMs, 5_000, 'Collecting: first values in 15 s'],
  [hourMs, 19_500, 'Collecting: first values in 1 s'],
  [hourMs, 45_000, 'Collecting: first values in 1 s'],
  [hourMs, 60_000, undefined],
  [7 * 24 * hourMs, 5_000, 'Collecting: first values in 1 min 50 s'],
  [30 * 24 * hourMs, 5_000, 'Collecting: first values in 9 min 50 s'],
  [30 * 24 * hourMs, 12 * 60_000, undefined],
])('a range of %d ms of a host that is %d ms old: %s', async (rangeMs, ageMs, text) => {
  expect(await textOf(rangeMs, ageMs)).toBe(text);
});

test('without samples', () => {
  expect(firstSampleOf(undefined, nowMs)).toBe('none');
  expect(tryCollectingText('none', new Map(), nowMs)).toBe('Collecting: waiting for the first samples');
  expect(tryCollectingText('old', new Map(), nowMs)).toBeUndefined();
});
