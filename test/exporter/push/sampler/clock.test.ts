/** The grid of sampling instants. */
import { describe, expect, test } from '@jest/globals';
import { gridOf, missedInstants, nextInstant, stampOf } from '../../../../exporter/push/sampler/clock.ts';

describe('grid', () => {
  const grid = { intervalMs: 5_000, phaseMs: 1_200 };

  test.each([
    [0, 1_200],
    [1_199, 1_200],
    [1_200, 6_200],
    [6_199.9, 6_200],
    [1_800_000_000_000, 1_800_000_001_200],
  ])('after %d comes %d', (after, next) => {
    expect(nextInstant(grid, after)).toBe(next);
  });

  test('a thousand hosts spread evenly', () => {
    const perSecond = [0, 0, 0, 0, 0];
    for (let host = 0; host < 1_000; host++) {
      const second = Math.floor(gridOf(`web-${host}.example.com`, 5_000).phaseMs / 1_000);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
    }
    expect(Math.min(...perSecond)).toBeGreaterThan(150);
  });

  test('a sample within a hundredth of the interval has the timestamp of the instant, a later one its own', () => {
    expect([stampOf(grid, 6_200, 6_200), stampOf(grid, 6_200, 6_250), stampOf(grid, 6_200, 6_251)]).toEqual([
      6_200, 6_200, 6_251,
    ]);
    expect([missedInstants(grid, 6_200, 11_199), missedInstants(grid, 6_200, 16_300)]).toEqual([0, 2]);
  });
});
