/** Steps and windows, compared with Grafana's. */
import { describe, expect, test } from '@jest/globals';
import {
  alignRange,
  formatDuration,
  parseInterval,
  rateIntervalOf,
  roundInterval,
  stepOf,
} from '../../../console/dashboard/interval.ts';

const hourMs = 3_600_000;
const last = (durationMs: number) => ({ fromMs: 1_795_000_000_000, toMs: 1_795_000_000_000 + durationMs });

describe('step', () => {
  test.each([
    [hourMs, 5_000],
    [6 * hourMs, 30_000],
    [24 * hourMs, 120_000],
    [7 * 24 * hourMs, 900_000],
    [30 * 24 * hourMs, 3_600_000],
  ])('of 720 points in %d ms is %d ms', (rangeMs, stepMs) => {
    expect(stepOf(last(rangeMs), 720, 5_000)).toBe(stepMs);
  });

  test('is at least the minimum step', () => {
    expect(stepOf(last(hourMs), 720, 60_000)).toBe(60_000);
    expect(stepOf(last(60_000), 720, 5_000)).toBe(5_000);
  });

  test('is longer than a step that needs more than 11,000 points', () => {
    expect(stepOf(last(30 * 24 * hourMs), 100_000, 5_000)).toBe(300_000);
  });

  test.each([
    [10, 1],
    [11, 10],
    [35, 20],
    [7_500, 5_000],
    [7_501, 10_000],
    [1_050_000, 900_000],
    [86_400_000, 43_200_000],
    [604_800_000, 86_400_000],
    [4e12, 31_536_000_000],
  ])('%d ms is rounded to %d ms', (intervalMs, roundedMs) => {
    expect(roundInterval(intervalMs)).toBe(roundedMs);
  });
});

test('a rate window is a step plus a sample interval, at least four sample intervals', () => {
  expect(rateIntervalOf(5_000, 5_000)).toBe(20_000);
  expect(rateIntervalOf(30_000, 5_000)).toBe(35_000);
  expect(rateIntervalOf(15_000, 15_000)).toBe(60_000);
});

describe('alignment', () => {
  test('moves both ends back to multiples of the step', () => {
    expect(alignRange({ fromMs: 12_345, toMs: 99_999 }, 5_000, 0)).toEqual({ fromMs: 10_000, toMs: 95_000 });
  });

  test("steps of a day begin at the viewer's midnight", () => {
    const dayMs = 24 * hourMs;
    const noon = Date.UTC(2026, 10, 20, 12);
    const berlin = alignRange({ fromMs: noon - dayMs, toMs: noon }, dayMs, hourMs);
    expect(berlin).toEqual({ fromMs: Date.UTC(2026, 10, 18, 23), toMs: Date.UTC(2026, 10, 19, 23) });
  });
});

test.each([
  [20_000, '20s'],
  [125_000, '2m5s'],
  [3_605_000, '1h5s'],
  [900_000, '15m'],
  [86_400_000, '1d'],
  [1_500, '1s500ms'],
  [0, '0s'],
])('formats %d ms as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test('an invalid interval is reported with its place', () => {
  expect(parseInterval('15m', 'x')).toBe(900_000);
  expect(() => parseInterval('soon', 'panel 3.interval')).toThrow(
    'panel 3.interval: expected an interval such as 30s, got "soon"',
  );
});
