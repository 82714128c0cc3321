/** The abbreviation of the local time zone. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { parseZoneName, readZoneName } from '../../../../exporter/collectors/time/time-zone.ts';

describe('the rule at the end of a zone file', () => {
  test.each([
    ['CET-1CEST,M3.5.0,M10.5.0/3', 3600, 'CET'],
    ['CET-1CEST,M3.5.0,M10.5.0/3', 7200, 'CEST'],
    ['EST5EDT,M3.2.0,M11.1.0', -18_000, 'EST'],
    ['EST5EDT,M3.2.0,M11.1.0', -14_400, 'EDT'],
    ['<-03>3', -10_800, '-03'],
    ['<+0545>-5:45', 20_700, '+0545'],
    ['IST-5:30', 19_800, 'IST'],
    ['UTC0', 0, 'UTC'],
    ['UTC0', 3600, undefined],
    ['nonsense', 0, undefined],
  ])('%s at %d s', (rule, offset, name) => expect(parseZoneName(rule, offset)).toBe(name));
});

test('the zone of this machine equals that of date(1)', () => {
  const { stdout } = spawnSync('date', ['+%Z'], { encoding: 'utf8' });
  expect(readZoneName(-60 * new Date().getTimezoneOffset())).toBe(stdout.trim());
});

test('the variable TZ overrides the zone', () => {
  expect(readZoneName(0, '')).toBe('UTC');
  expect(readZoneName(-10_800, '<-03>3')).toBe('-03');
  expect(readZoneName(0, 'No/Such_Zone')).toBe('UTC');
  expect(readZoneName(3600, 'No/Such_Zone')).toBeUndefined();
});
