/** Times in a time zone. */
import { describe, expect, test } from '@jest/globals';
import { isTimeZone, renderTime, zoneOffsetMs } from '../../../alert-relay/text/format.ts';

const winter = Date.parse('2026-03-01T23:30:05.900Z');
const summer = Date.parse('2026-07-01T12:00:00Z');
const hourMs = 3_600_000;

describe('times', () => {
  test.each([
    [winter, 'UTC', '2026-03-01 23:30:05 UTC', 0],
    [winter, 'Europe/Berlin', '2026-03-02 00:30:05 CET', hourMs],
    [summer, 'Europe/Berlin', '2026-07-01 14:00:00 CEST', 2 * hourMs],
    [summer, 'America/New_York', '2026-07-01 08:00:00 GMT-4', -4 * hourMs],
    [summer, 'Asia/Kathmandu', '2026-07-01 17:45:00 GMT+5:45', 5.75 * hourMs],
  ])('%d in %s', (timeMs, zone, text, offsetMs) => {
    expect(renderTime(timeMs, zone)).toBe(text);
    expect(zoneOffsetMs(timeMs, zone)).toBe(offsetMs);
  });

  test('known time zones', () => {
    expect(['UTC', 'Europe/Berlin', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});
