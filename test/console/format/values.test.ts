/** Values, durations and times, formatted as in Grafana. */
import { describe, expect, test } from '@jest/globals';
import {
  decimalsFor,
  formatAgo,
  formatDecimals,
  formatFromNow,
  formatSeconds,
  formatSpan,
  formatTime,
  formatterOf,
  tryParseTime,
} from '../../../console/format/values.ts';

test.each([
  ['percent', 12.345, undefined, '12.3%'],
  ['percent', 0.5123, undefined, '0.512%'],
  ['percent', 100, undefined, '100%'],
  ['percent', 99.96, 1, '100%'],
  ['percent', 100.04, 1, '100%'],
  ['percent', 5.678, 1, '5.7%'],
  ['percent', Number.NaN, 1, 'NaN'],
  ['bytes', Infinity, undefined, '+Inf'],
  ['s', -Infinity, undefined, '-Inf'],
  ['none', 1e21, undefined, '1e+21'],
  ['none', 0.0007, undefined, '0.000700'],
  ['Bps', 203_456, 1, '203 kB/s'],
  ['Bps', 999_960, 1, '1.0 MB/s'],
  ['short', 13.333, 2, '13.3'],
  ['percentunit', 0.5, undefined, '50%'],
  ['short', 0, undefined, '0'],
  ['short', 999, undefined, '999'],
  ['short', 1_234, undefined, '1.23 K'],
  ['short', 2_500_000, undefined, '2.50 Mil'],
  ['short', 7.5, 2, '7.50'],
  ['bytes', 0, undefined, '0 B'],
  ['bytes', 1_023, undefined, '1023 B'],
  ['bytes', 1_024, undefined, '1 KiB'],
  ['bytes', 25_276_502_016, undefined, '23.5 GiB'],
  ['bytes', -1_536, undefined, '-1.50 KiB'],
  ['decbytes', 1_500, undefined, '1.50 kB'],
  ['Bps', 0, undefined, '0 B/s'],
  ['Bps', 999, undefined, '999 B/s'],
  ['Bps', 1_250_000, undefined, '1.25 MB/s'],
  ['Bps', 1_000, undefined, '1 kB/s'],
  ['binBps', 1_048_576, undefined, '1 MiB/s'],
  ['iops', 12, undefined, '12 io/s'],
  ['iops', 1_250, undefined, '1.25K io/s'],
  ['ops', 3.5, undefined, '3.50 ops/s'],
  ['pps', 12_345, undefined, '12.3 kp/s'],
  ['cps', 0, undefined, '0 c/s'],
  ['count:p/s', 0.05, undefined, '0.0500 p/s'],
  ['count:p/s', 12_345, undefined, '12.3K p/s'],
  ['s', 0, undefined, '0 s'],
  ['s', 0.25, undefined, '250 ms'],
  ['s', 90, undefined, '1.50 mins'],
  ['s', 3_600, undefined, '1 hour'],
  ['s', 200_000, undefined, '2.31 days'],
  ['ms', 1_500, undefined, '1.50 s'],
  ['none', 12.5, undefined, '12.5'],
  ['bool_yes_no', 1, undefined, 'Yes'],
  ['suffix: apples', 3, undefined, '3 apples'],
  ['parsecs', 3, undefined, '3 parsecs'],
  ['constructor', 3, undefined, '3 constructor'],
  ['', 3.25, undefined, '3.25'],
])('%s: %p with %p decimals is %s', (unit, value, decimals, text) => {
  expect(formatterOf(unit)(value, decimals)).toBe(text);
});

test.each([
  [0, 0],
  [12, 0],
  [123.4, 0],
  [12.34, 1],
  [1.234, 2],
  [0.1234, 3],
  [0.001_234, 5],
])('%p has %p decimals by default', (value, decimals) => expect(decimalsFor(value)).toBe(decimals));

test('there is no negative zero', () => {
  expect([formatDecimals(-0.001, 1), formatDecimals(-0.06, 1), formatDecimals(-0, 0)]).toEqual(['0.0', '-0.1', '0']);
  expect([formatDecimals(2, { exactly: 1 }), formatDecimals(100.25, { exactly: 2 })]).toEqual(['2.0', '100.25']);
});

describe('durations', () => {
  test.each([
    [4_000, 'just now'],
    [30_000, '30 s ago'],
    [90_000, '1 min 30 s ago'],
    [-7_200_000, 'in 2 h'],
    [26 * 3_600_000, '1 d 2 h ago'],
  ])('%p ms before now: %s', (agoMs, text) => expect(formatAgo(1e12 - agoMs, 1e12)).toBe(text));

  test.each([
    [0, '0 s'],
    [59_000, '59 s'],
    [3_600_000, '1 h'],
    [100 * 86_400_000 + 3_600_000, '100 d 1 h'],
  ])('%p ms: %s', (spanMs, text) => expect(formatSpan(spanMs)).toBe(text));

  test.each([
    [20_000, 'a few seconds ago'],
    [44_000, 'a few seconds ago'],
    [45_000, 'a minute ago'],
    [89_000, 'a minute ago'],
    [90_000, '2 minutes ago'],
    [44 * 60_000, '44 minutes ago'],
    [45 * 60_000, 'an hour ago'],
    [3.3 * 3_600_000, '3 hours ago'],
    [22 * 3_600_000, 'a day ago'],
    [25 * 86_400_000, '25 days ago'],
    [26 * 86_400_000, 'a month ago'],
    [200 * 86_400_000, '7 months ago'],
    [400 * 86_400_000, 'a year ago'],
    [-120_000, 'in 2 minutes'],
  ])('%p ms before now, as in Grafana: %s', (agoMs, text) => expect(formatFromNow(1.6e12 - agoMs, 1.6e12)).toBe(text));

  test('one unit is singular', () => {
    expect([formatSeconds(60), formatSeconds(120), formatSeconds(86_400)]).toEqual(['1 min', '2 mins', '1 day']);
  });
});

describe('times', () => {
  test('a formatted time parses to the same time', () => {
    const timeMs = new Date(2026, 2, 1, 12, 0, 5).getTime();
    expect(formatTime(timeMs)).toBe('2026-03-01 12:00:05');
    expect(tryParseTime(formatTime(timeMs))).toBe(timeMs);
    expect(tryParseTime('2026-03-01 12:00')).toBe(timeMs - 5_000);
    expect(tryParseTime(' 2026-3-1 ')).toBe(new Date(2026, 2, 1).getTime());
  });

  test.each(['', 'now', '2026-02-30', '2026-03-01 25:00', '2026-03-01 12:60', '12:00'])('%j is no time', (text) => {
    expect(tryParseTime(text)).toBeUndefined();
  });
});
