/** Times and steps of the calls that Prometheus' API has, in every spelling that Prometheus takes. */
import { describe, expect, test } from '@jest/globals';
import { prometheusSpan, prometheusTime } from '../../../ingest-gateway/query/promql.ts';

describe('a time', () => {
  test.each([
    ['1784144612', 1_784_144_612],
    ['1784144612.388', 1_784_144_612.388],
    ['1.784144612388E9', 1_784_144_612.388],
    ['1.784144612388e+09', 1_784_144_612.388],
    ['17841446123880e-4', 1_784_144_612.388],
    ['1784144612.3333333333333', 1_784_144_612.333_333_3],
    ['1784144612.', 1_784_144_612],
    ['.5', 0.5],
    ['-5', -5],
    ['0', 0],
    ['2026-07-15T20:23:32.388+01:00', 1_784_143_412.388],
  ])('%s', (raw, seconds) => expect(prometheusTime.parse(raw)).toBeCloseTo(seconds, 6));

  test.each([
    '',
    'now',
    '.',
    'e9',
    '1e',
    '1e9e',
    '0x10',
    '1_000',
    'Inf',
    'NaN',
    '1e999',
    '1784144612388',
    '9'.repeat(65),
  ])('%j is refused', (raw) => expect(prometheusTime.safeParse(raw).success).toBe(false));

  test('milliseconds are recognized in either spelling', () => {
    for (const raw of ['1784144612388', '1.784144612388E12'])
      expect(prometheusTime.safeParse(raw).error?.issues).toMatchObject([
        { message: expect.stringContaining('looks like milliseconds') },
      ]);
  });
});

describe('a step', () => {
  test.each([
    ['15', 15],
    ['0.5', 0.5],
    ['1.5e1', 15],
    ['6E1', 60],
    ['30s', 30],
    ['2m0s', 120],
    ['1h30m', 5_400],
    ['1y', 31_536_000],
  ])('%s', (raw, seconds) => expect(prometheusSpan.parse(raw)).toBe(seconds));

  test.each(['', '0', '0s', '-15', '1e400', '1e10', 'm', '1.5h', '5 m'])('%j is refused', (raw) =>
    expect(prometheusSpan.safeParse(raw).success).toBe(false),
  );
});
