/** Variables evaluated from Prometheus' answers. */
import { describe, expect, test } from '@jest/globals';
import { evaluated } from '../../../support/small-dashboard.ts';

describe('variables', () => {
  test('are queried at the end of the range, once each', async () => {
    const { selection, asked } = await evaluated();
    expect(asked.map(([query]) => query).sort()).toEqual(
      ['count by (instance) (up{job=~".+"})', 'count by (job) (up)', 'minute', 'raw'].sort(),
    );
    expect(new Set(asked.map(([, time]) => time))).toEqual(new Set([1_795_399_203]));
    expect(selection.get('instance')?.options).toEqual(['web-1', 'web-2']);
  });

  test('without a requested value select all, or the first option', async () => {
    const { selection } = await evaluated();
    expect(selection.get('job')?.selected).toBe('all');
    expect(selection.get('instance')?.selected).toEqual(['web-1']);
    expect(selection.get('hidden')?.selected).toEqual(['lo']);
  });

  test('select the requested value, also of a host without data, but never of a tier', async () => {
    const { selection } = await evaluated({ job: ['db'], instance: ['gone'], hidden: ['x'], tier_raw: ['tier-off'] });
    expect(selection.get('instance')).toMatchObject({ options: ['db-1'], selected: ['gone'] });
    expect(selection.get('hidden')?.selected).toEqual(['x']);
    expect(selection.get('tier_raw')?.selected).toEqual(['.+']);
    expect((await evaluated({ job: ['$__all'] })).selection.get('job')?.selected).toBe('all');
  });

  test('reject if a query fails', async () => {
    await expect(evaluated({ job: ['unknown'] })).rejects.toThrow('unexpected query');
  });
});
