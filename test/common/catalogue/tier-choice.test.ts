import { describe, expect, test } from '@jest/globals';
import { chooseTier, maxChunks, maxPointsPerSeries, type TierQuestion } from '../../../common/catalogue/tier-choice.ts';
import { recordedTierNames, tierByName, tiers } from '../../../common/catalogue/tiers.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const nowMs = Date.UTC(2027, 2, 4, 10, 20, 30);

interface Case {
  readonly what: string;
  /** Start and end, as time before now. */
  readonly from: number;
  readonly to?: number;
  readonly step?: number;
  readonly tier: string;
  readonly stepMs: number;
}

const automatic: readonly Case[] = [
  { what: 'one hour', from: hour, tier: 'raw', stepMs: 5000 },
  { what: 'six hours', from: 6 * hour, tier: 'raw', stepMs: 5000 },
  { what: 'as much raw as fits 11,000 points', from: 10_999 * 5000, tier: 'raw', stepMs: 5000 },
  { what: 'one point more', from: 11_000 * 5000, tier: '1m', stepMs: minute },
  { what: 'a day at the native step', from: day, tier: '1m', stepMs: minute },
  { what: 'a day at a step with which raw fits', from: day, step: 10_000, tier: 'raw', stepMs: 10_000 },
  { what: 'a day at 5 s', from: day, step: 5000, tier: '1m', stepMs: minute },
  { what: 'a step finer than any tier', from: hour, step: 1, tier: 'raw', stepMs: 5000 },
  { what: 'a millisecond more than a day', from: day + 1, tier: '1m', stepMs: minute },
  { what: 'one hour of three days ago', from: 3 * day, to: 3 * day - hour, tier: '1m', stepMs: minute },
  { what: 'a week', from: 7 * day, tier: '1m', stepMs: minute },
  { what: 'a minute of eight days ago', from: 8 * day, to: 8 * day - minute, tier: '5m', stepMs: 5 * minute },
  { what: 'thirty days', from: 30 * day, tier: '5m', stepMs: 5 * minute },
  { what: 'a year, of which thirty days are left', from: 365 * day, tier: '5m', stepMs: 50 * minute },
  { what: 'one instant', from: 0, tier: 'raw', stepMs: 5000 },
];

function question({ from, to = 0, step }: Pick<Case, 'from' | 'to' | 'step'>): TierQuestion {
  return { startMs: nowMs - from, endMs: nowMs - to, nowMs, ...(step === undefined ? {} : { stepMs: step }) };
}

describe('the chosen tier', () => {
  test.each(automatic)('$what: $tier', (given) => {
    const choice = chooseTier(question(given));
    expect(choice).toMatchObject({ ok: true, tier: { name: given.tier }, stepMs: given.stepMs });
    expect(choice.ok && choice.chunks).toHaveLength(1);
  });

  test('points are on multiples of the step at any time', () => {
    const choice = chooseTier({ startMs: nowMs - hour + 123, endMs: nowMs + 123, nowMs: nowMs + 123, stepMs: 7000 });
    if (!choice.ok) throw new Error(choice.message);
    const [{ startMs, endMs }] = choice.chunks;
    expect([startMs % 7000, endMs % 7000]).toEqual([0, 0]);
    expect(startMs).toBeGreaterThan(nowMs - hour + 123 - 7000);
    expect(endMs).toBeGreaterThan(nowMs + 123 - 7000);
  });

  test('a requested finer tier is served in chunks that tile the range', () => {
    const choice = chooseTier({ ...question({ from: day }), requested: 'raw' });
    if (!choice.ok) throw new Error(choice.message);
    expect(choice.stepMs).toBe(5000);
    expect(choice.chunks).toHaveLength(2);
    const counts = choice.chunks.map(({ startMs, endMs }) => (endMs - startMs) / 5000 + 1);
    expect(counts).toEqual([maxPointsPerSeries, 17_281 - maxPointsPerSeries]);
    expect(choice.chunks[1]?.startMs).toBe(choice.chunks[0].endMs + 5000);
  });

  test('a request for too many points is refused with the smallest possible step', () => {
    const asked = { startMs: nowMs - 400 * day, endMs: nowMs, nowMs, requested: '5m' as const };
    const refused = chooseTier(asked);
    expect(refused).toMatchObject({ ok: false, reason: 'too many points', smallestStepMs: 10 * minute });
    if (refused.ok || refused.reason !== 'too many points') throw new Error('expected a refusal');
    expect(refused.message).toContain('expected at least 600 s');
    const served = chooseTier({ ...asked, stepMs: refused.smallestStepMs });
    expect(served.ok && served.chunks.length).toBeGreaterThan(1);
    expect(served.ok && served.chunks.length).toBeLessThanOrEqual(maxChunks);
  });

  test('a range beyond the retention of a tier never reads the tier', () => {
    expect(chooseTier({ ...question({ from: day }), requested: 'raw' }).ok).toBe(true);
    expect(chooseTier({ ...question({ from: day + 1 }), requested: 'raw' })).toMatchObject({
      ok: false,
      reason: 'beyond retention',
      oldestStartMs: nowMs - day,
    });
    expect(chooseTier({ ...question({ from: 8 * day }), requested: '1m' }).ok).toBe(false);
    expect(chooseTier({ ...question({ from: 31 * day }), requested: '5m' }).ok).toBe(true);
  });

  test('a range that ends before its start, or an invalid step, is an error', () => {
    expect(() => chooseTier({ startMs: 2, endMs: 1, nowMs })).toThrow('end: expected at or after the start 2, got 1');
    for (const stepMs of [0, -1, Number.NaN, Infinity]) {
      expect(() => chooseTier({ startMs: 1, endMs: 2, nowMs, stepMs })).toThrow('step: expected');
    }
    expect(() => chooseTier({ startMs: Number.NaN, endMs: 2, nowMs })).toThrow('end: expected');
  });

  test('no chunk exceeds the limit of points', () => {
    let asked = 0;
    for (const range of [1, minute, hour, 15 * hour, day, 7 * day, 30 * day, 3650 * day]) {
      for (const stepMs of [1, 5000, 12_345, minute, 7 * minute, hour]) {
        for (const to of [0, hour, 40 * day]) {
          for (const requested of [undefined, ...tiers.map((tier) => tier.name)]) {
            asked += 1;
            const wish = requested === undefined ? {} : { requested };
            const choice = chooseTier({ ...question({ from: to + range, to, step: stepMs }), ...wish });
            if (!choice.ok) continue;
            for (const chunk of choice.chunks) {
              expect((chunk.endMs - chunk.startMs) / choice.stepMs + 1).toBeLessThanOrEqual(maxPointsPerSeries);
            }
          }
        }
      }
    }
    expect(asked).toBe(576);
  });
});

describe('tiers', () => {
  test('are found by name', () => {
    expect(tiers.map(({ name }) => tierByName(name))).toEqual([...tiers]);
    expect(recordedTierNames).toEqual(['1m', '5m']);
  });
});

test('a shorter or longer retention changes the tier', () => {
  const asked = { startMs: nowMs - 10 * hour, endMs: nowMs - 9 * hour, nowMs };
  expect(chooseTier(asked)).toMatchObject({ ok: true, tier: { name: 'raw' } });
  expect(chooseTier({ ...asked, keptMs: { raw: 6 * hour } })).toMatchObject({ ok: true, tier: { name: '1m' } });
  const older = { startMs: nowMs - 30 * hour, endMs: nowMs - 29 * hour, nowMs };
  expect(chooseTier(older)).toMatchObject({ ok: true, tier: { name: '1m' } });
  expect(chooseTier({ ...older, keptMs: { raw: 48 * hour } })).toMatchObject({ ok: true, tier: { name: 'raw' } });
  expect(chooseTier({ ...asked, keptMs: { raw: 6 * hour }, requested: 'raw' })).toMatchObject({
    ok: false,
    reason: 'beyond retention',
    message: expect.stringContaining('resolution raw is kept 6 h'),
  });
});
