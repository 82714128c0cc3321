/** Values with their units, and times in a time zone. */
import { describe, expect, test } from '@jest/globals';
import { isTimeZone, renderTime, renderValue, roundRawValue, zoneOffsetMs } from '../../../alert-relay/text/text.ts';

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

describe('values', () => {
  test.each([
    [0.0007, undefined, '0.0007'],
    [0.0005, undefined, '0.0005'],
    [-0.00012345, undefined, '-0.000123'],
    [0.0000004, undefined, '4e-7'],
    [0, undefined, '0'],
    [-0, undefined, '0'],
    [1 / 3, undefined, '0.333'],
    [91.53333333333333, undefined, '91.5'],
    [99.96, undefined, '100'],
    [999.6, undefined, '1,000'],
    [1_204, 'packets/s', '1,204 packets/s'],
    [12_345.678, 'count', '12,346'],
    [0.0042, 'errors/s', '0.0042 errors/s'],
    [1e21, undefined, '1e+21'],
    [-1.234e15, undefined, '-1.23e+15'],
    [123_456_789_012, undefined, '123,456,789,012'],
    [Number.NaN, undefined, 'NaN'],
    [Infinity, 'percent', '+Inf'],
    [-Infinity, 'seconds', '-Inf'],
    [Number.NaN, 'bytes', 'NaN'],
    [Infinity, 'state', undefined],
    [1, 'state', undefined],
    [0.04, 'percent', '0.04 %'],
    [91.5, 'percent', '91.5 %'],
    [100, 'percent', '100 %'],
    [91.54, 'celsius', '91.5 °C'],
    [0.0004, 'seconds', '0.4 ms'],
    [0.000_000_3, 'seconds', '0.0003 ms'],
    [0.25, 'seconds', '250 ms'],
    [0, 'seconds', '0 s'],
    [1.5, 'seconds', '1.5 s'],
    [59.96, 'seconds', '60 s'],
    [-2_055, 'seconds', '-34 min 15 s'],
    [0.5, 'bytes', '0.5 B'],
    [1.5 * 2 ** 30, 'bytes', '1.5 GiB'],
    [12.34 * 2 ** 20, 'bytes/s', '12.3 MiB/s'],
  ])('%d %s: %s', (value, unit, text) => expect(renderValue(value, unit)).toBe(text));

  test.each([
    ['CPU is 91.53333333333333 %', '91.53333333333333', 'CPU is 91.5 %'],
    ['0.30000000000000004 of 0.30000000000000004.', '0.30000000000000004', '0.3 of 0.3.'],
    ['took 4.2e-05 s', '4.2e-05', 'took 0.000042 s'],
    ['version 191.5, 91.5.1, a91.5 and 91.5', '91.5', 'version 191.5, 91.5.1, a91.5 and 91.5'],
    ['12345 of 12345', '12345', '12345 of 12345'],
    ['a.c abc', 'a.c', 'a.c abc'],
    ['the value is +Inf', '+Inf', 'the value is +Inf'],
  ])('raw values of templates are rounded: %s', (text, raw, rounded) => expect(roundRawValue(text, raw)).toBe(rounded));
});
