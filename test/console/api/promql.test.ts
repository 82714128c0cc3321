/** Range responses become the same columns in any JSON formatting. */
import { describe, expect, test } from '@jest/globals';
import { createColumn, gridTimes, parseMatrix } from '../../../console/api/promql.ts';

const grid = { start: 100, end: 130, step: 10 };

function answer(...result: readonly object[]) {
  return { status: 'success', data: { resultType: 'matrix', result }, warnings: ['a "values":[[ that is none'] };
}

const whole = {
  metric: { __name__: 'up', path: 'a"],["b', text: '"values":[[1,"2"]]' },
  values: [
    [100, '0.30000000000000004'],
    [110.5, '-1.5e-7'],
    [120, '+Inf'],
    [130, '9007199254740993'],
  ],
};
const wholeColumn = [0.1 + 0.2, -1.5e-7, null, 9007199254740992];

test.each([
  ['compact, as Prometheus writes it', undefined],
  ['with white space', 1],
] as const)('%s: the same columns', (_, indent) => {
  const hole = { metric: { instance: 'web-2' }, values: [[120, '1']] };
  const histogram = { metric: { instance: 'web-3' }, histograms: [[100, { count: '1' }]] };
  const body = JSON.stringify(answer(whole, hole, { metric: {}, values: [] }, histogram), undefined, indent);
  expect(parseMatrix(body, grid)).toEqual([
    { metric: whole.metric, column: wholeColumn },
    { metric: hole.metric, column: [null, null, 1, null] },
    { metric: {}, column: [null, null, null, null] },
    { metric: histogram.metric, column: [null, null, null, null] },
  ]);
});

test('a truncated body is refused', () => {
  const body = JSON.stringify(answer(whole));
  expect(() => parseMatrix(body.slice(0, body.indexOf('130')), grid)).toThrow(SyntaxError);
});

describe('columns', () => {
  function columnOf(...points: readonly (readonly [number, number])[]) {
    const column = createColumn(grid);
    for (const [time, value] of points) column.put(time, value);
    return column.finish();
  }

  test('have one value for each step, and gaps without a point', () => {
    expect(gridTimes(grid)).toEqual([100, 110, 120, 130]);
    expect(columnOf([100, 1.5], [120, -2], [130, Number.NaN])).toEqual([1.5, null, -2, null]);
  });

  test('ignore points outside the grid, and infinities', () => {
    expect(columnOf([90, 1], [110, Infinity], [140, 1])).toEqual([null, null, null, null]);
  });

  test('keep their length at steps that are no binary fraction', () => {
    expect(gridTimes({ start: 0, end: 0.3, step: 0.1 })).toHaveLength(4);
  });
});
