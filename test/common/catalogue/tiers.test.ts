/** The choice of a tier respects a configured retention. */
import { expect, test } from '@jest/globals';
import { chooseTier } from '../../../common/catalogue/tier-choice.ts';

const hourMs = 3_600_000;
const nowMs = 1_800_000_000_000;
const asked = { startMs: nowMs - 10 * hourMs, endMs: nowMs - 9 * hourMs, nowMs };

test('a shorter or longer retention changes the tier', () => {
  expect(chooseTier(asked)).toMatchObject({ ok: true, tier: { name: 'raw' } });
  expect(chooseTier({ ...asked, keptMs: { raw: 6 * hourMs } })).toMatchObject({ ok: true, tier: { name: '1m' } });
  const older = { startMs: nowMs - 30 * hourMs, endMs: nowMs - 29 * hourMs, nowMs };
  expect(chooseTier(older)).toMatchObject({ ok: true, tier: { name: '1m' } });
  expect(chooseTier({ ...older, keptMs: { raw: 48 * hourMs } })).toMatchObject({ ok: true, tier: { name: 'raw' } });
  expect(chooseTier({ ...asked, keptMs: { raw: 6 * hourMs }, requested: 'raw' })).toMatchObject({
    ok: false,
    reason: 'beyond retention',
    message: expect.stringContaining('resolution raw is kept 6 h'),
  });
});
