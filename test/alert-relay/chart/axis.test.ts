/** The axes have round ticks with distinguishable labels in every unit. */
import { describe, expect, test } from '@jest/globals';
import { timeTicks, valueAxis } from '../../../alert-relay/chart/axis.ts';

const gib = 2 ** 30;

describe('values', () => {
  test.each([
    ['percent', 11, 92, '0 % to 100 %', '0 %, 25 %, 50 %, 75 %, 100 %'],
    ['percent', 24, 100, '0 % to 100 %', '0 %, 25 %, 50 %, 75 %, 100 %'],
    ['percent', 0.1, 0.7, '0 % to 0.8 %', '0 %, 0.2 %, 0.4 %, 0.6 %, 0.8 %'],
    ['percent', 79, 83, '76 % to 86 %', '76 %, 78 %, 80 %, 82 %, 84 %, 86 %'], // zoomed: threshold and line apart
    ['percent', 96, 99.9, '94 % to 100 %', '94 %, 96 %, 98 %, 100 %'],
    ['percent', 90, 130, '0 % to 150 %', '0 %, 50 %, 100 %, 150 %'],
    ['bytes', 1.5 * gib, 5 * gib, '0 GiB to 6 GiB', '0 GiB, 2 GiB, 4 GiB, 6 GiB'],
    ['bytes', 0, 700, '0 B to 800 B', '0 B, 200 B, 400 B, 600 B, 800 B'],
    ['bytes/s', 0, 123_456_789, '0 MiB/s to 150 MiB/s', '0 MiB/s, 50 MiB/s, 100 MiB/s, 150 MiB/s'],
    ['seconds', 0, 900, '0 s to 20 min', '0 s, 5 min, 10 min, 15 min, 20 min'],
    ['seconds', 0.001, 0.03, '0 s to 40 ms', '0 s, 10 ms, 20 ms, 30 ms, 40 ms'],
    ['ops/s', 3, 1_200_000, '0 to 1.5M', '0, 0.5M, 1M, 1.5M'],
    ['count', 0, 0, '0 to 1', '0, 1'],
    ['load', -3, 8, '-5 to 10', '-5, 0, 5, 10'],
    [undefined, 5, 5, '4.9 to 5.1', '4.9, 4.95, 5, 5.05, 5.1'],
  ])('%s from %d to %d', (unit, low, high, ends, labels) => {
    const axis = valueAxis({ low, high, unit });
    expect(axis.ticks.map(({ label }) => label).join(', ')).toBe(labels);
    expect(`${axis.ticks[0]?.label} to ${axis.ticks.at(-1)?.label}`).toBe(ends);
    expect(axis.low).toBeLessThanOrEqual(low);
    expect(axis.high).toBeGreaterThanOrEqual(high);
  });

  test('states have integer ticks and a margin', () => {
    const { low, high, ticks } = valueAxis({ low: 0, high: 0, unit: 'state' });
    expect(ticks.map(({ label }) => label)).toEqual(['0', '1']);
    expect([low < 0, high > 1]).toEqual([true, true]);
  });

  test('random ranges get few ticks in ascending order with different labels', () => {
    let checked = 0;
    for (const unit of ['percent', 'bytes', 'bytes/s', 'seconds', 'count', 'ops/s', 'load', 'state', undefined])
      for (let power = -6; power < 15; power += 1)
        for (const [from, to] of [
          [0, 1],
          [0.97, 1],
          [-1, 2],
          [0.3, 0.9],
        ] as const) {
          const { low, high, ticks } = valueAxis({ low: from * 1.7 * 10 ** power, high: to * 1.7 * 10 ** power, unit });
          const labels = ticks.map(({ label }) => label);
          expect([unit, power, from, new Set(labels).size]).toEqual([unit, power, from, labels.length]);
          expect(labels.length).toBeGreaterThanOrEqual(2);
          expect(labels.length).toBeLessThanOrEqual(8);
          expect(high).toBeGreaterThan(low);
          checked += 1;
        }
    expect(checked).toBe(9 * 21 * 4);
  });
});

describe('times', () => {
  const startMs = Date.parse('2026-03-01T11:05:20Z');
  const labels = (timeZone: string, hours = 1) =>
    timeTicks({ startMs, endMs: startMs + hours * 3_600_000, timeZone }).map(({ label }) => label);

  test('ticks at multiples of ten minutes in the time zone', () => {
    expect(labels('UTC')).toEqual(['11:10', '11:20', '11:30', '11:40', '11:50', '12:00']);
    expect(labels('America/New_York')[0]).toBe('06:10');
    expect(labels('Asia/Kathmandu')).toEqual(['17:00', '17:10', '17:20', '17:30', '17:40', '17:50']);
  });

  test('other time ranges', () => {
    expect(labels('UTC', 6)).toEqual(['12:00', '13:00', '14:00', '15:00', '16:00', '17:00']);
    expect(labels('UTC', 0.1)).toEqual(['11:06', '11:07', '11:08', '11:09', '11:10', '11:11']);
  });
});
