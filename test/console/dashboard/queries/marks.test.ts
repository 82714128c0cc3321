/** The queries of annotations, and the marks that they give. */
import { expect, test } from '@jest/globals';
import { annotationRequest, marksOf } from '../../../../console/dashboard/queries/marks.ts';
import { rangeOf } from '../../../../console/dashboard/view-state.ts';
import { dashboard, evaluated, range } from '../../../support/small-dashboard.ts';

test('requests have at most 100 points', async () => {
  const { selection } = await evaluated();
  expect(dashboard.annotations).toHaveLength(1);
  const month = rangeOf({ from: 'now-30d', to: 'now' }, range.toMs);
  const [annotation] = dashboard.annotations as [(typeof dashboard.annotations)[number]];
  expect(annotationRequest(annotation, { range, selection }).stepMs).toBe(60_000);
  expect(annotationRequest(annotation, { range: month, selection })).toMatchObject({
    query: '1000 * starts[6h]',
    stepMs: 6 * 3_600_000,
  });
});

test('marks: one for each distinct value of a series', () => {
  const [annotation] = dashboard.annotations as [(typeof dashboard.annotations)[number]];
  const metric = { alertname: 'CpuUsageHigh', instance: 'web-1', severity: 'warning' };
  const column = [1_795_395_601_000, null, 1_795_395_601_000, 1_795_399_000_500.7];
  const mark = { host: 'web-1', title: 'CpuUsageHigh', text: 'web-1 ', tags: ['warning'] };
  expect(marksOf(annotation, [{ metric, column }])).toEqual([
    { timeMs: 1_795_395_601_000, ...mark },
    { timeMs: 1_795_399_000_500, ...mark },
  ]);
});
