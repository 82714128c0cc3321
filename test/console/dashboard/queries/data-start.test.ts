/** The exact start of the data of charts with long steps. */
import { describe, expect, test } from '@jest/globals';
import { startRequests, tryCoarseStart, tryExactStart } from '../../../../console/dashboard/queries/data-start.ts';
import type { Answer } from '../../../../console/dashboard/queries/panel-queries.ts';
import { predictSelection } from '../../../../console/dashboard/queries/predicted-tier.ts';
import { dashboardOf } from '../../../support/dashboards.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const nowMs = Date.parse('2026-11-29T12:00:00Z');

function answer(startMs: number, stepMs: number, ...columns: readonly (number | null)[][]): Answer {
  const request = { kind: 'range', refId: 'A', query: '', stepMs, isOff: false, startMs, endMs: startMs } as const;
  return { kind: 'range', request, series: columns.map((column) => ({ metric: {}, column })) };
}

describe('the coarse start', () => {
  test('is the earliest point of all series', () => {
    const answers = [
      answer(0, hourMs, [null, null, null, 1], [null, null, 0, 1]),
      answer(0, hourMs, [null, null, null]),
    ];
    expect(tryCoarseStart(answers)).toEqual({ timeMs: 2 * hourMs, stepMs: hourMs });
  });

  test.each([
    ['points every 5 s', [answer(0, 5_000, [null, 1])]],
    ['no point', [answer(0, hourMs, [null, null])]],
    ['no series', [answer(0, hourMs)]],
    ['no answer', []],
  ])('needs no query for %s', (_, answers) => expect(tryCoarseStart(answers)).toBeUndefined());
});

describe('the exact start', () => {
  const panel = dashboardOf('cpu').panels.find(({ title }) => title === 'CPU usage');
  if (panel === undefined) throw new Error('no panel CPU usage');

  test.each([
    [30 * dayMs, 2 * hourMs, 'raw', 30_000],
    [7 * dayMs, 30 * minuteMs, 'raw', 5_000],
    [30 * dayMs, 3 * dayMs, '1m', minuteMs],
    [30 * dayMs, 20 * dayMs, '5m', 5 * minuteMs],
  ])(
    'of a range of %d ms with data since %d ms is read from the tier %3$s',
    async (rangeMs, ageMs, tier, maxStepMs) => {
      const range = { fromMs: nowMs - rangeMs, toMs: nowMs };
      const selection = await predictSelection(dashboardOf('cpu'), { requested: new Map(), range, nowMs });
      if (selection === undefined) throw new Error('expected values of all variables');
      const stepMs = rangeMs > 7 * dayMs ? hourMs : 15 * minuteMs;
      const first = { timeMs: nowMs - ageMs, stepMs };
      const requests = startRequests(panel, { first, selection, nowMs });
      expect(requests.length).toBeGreaterThan(0);
      for (const request of requests) {
        expect(request.refId.startsWith(`A_${tier}`)).toBe(true);
        expect(request.query).toMatch(/^count\(.*\)$/s);
        if (request.kind !== 'range') throw new Error('expected range queries');
        expect(request.stepMs).toBeLessThanOrEqual(maxStepMs);
        expect(request.startMs).toBeLessThan(first.timeMs - stepMs);
        expect(request.endMs).toBeGreaterThan(Math.min(first.timeMs + stepMs, nowMs) - maxStepMs - 1);
      }
    },
  );

  test('is the first point of the answers', () => {
    expect(tryExactStart([answer(1_000, 5_000, [null, null, 3])])).toBe(11_000);
    expect(tryExactStart([answer(1_000, 5_000)])).toBeUndefined();
  });
});
