import { expect, test } from '@jest/globals';
import { parseTopTime, renderLocalTime } from '../../../bin/top/top-time.ts';

const local = (text: string) => new Date(text).getTime();
const now = local('2026-01-31T12:00:00');

test.each([
  ['03:12', local('2026-01-31T03:12:00')],
  ['3:12:30', local('2026-01-31T03:12:30')],
  ['12:00', now],
  ['12:01', local('2026-01-30T12:01:00')],
  ['23:59:59', local('2026-01-30T23:59:59')],
  ['2026-01-31T03:12:00Z', Date.parse('2026-01-31T03:12:00Z')],
  ['1769829120000', 1_769_829_120_000],
  ['24:00', undefined],
  ['3:60', undefined],
  ['3', 3],
  ['yesterday', undefined],
  ['', undefined],
])('--at %j', (text, expected) => {
  expect(parseTopTime(text, now)).toBe(expected);
});

test('renderLocalTime', () => {
  expect(renderLocalTime(local('2026-01-01T03:02:09'))).toBe('2026-01-01 03:02:09');
});
