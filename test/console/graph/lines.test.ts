/** The grid, the lines and the guessed unit of a graph. */
import { expect, test } from '@jest/globals';
import { guessUnit } from '../../../console/graph/graph-address.ts';
import { graphGrid, linesOf, linesOfHistory, maxLines } from '../../../console/graph/lines.ts';

test.each([
  [60_000, 5],
  [3_600_000, 5],
  [86_400_000, 120],
])('a range of %i ms has a step of %i s and is aligned to it', (rangeMs, step) => {
  const grid = graphGrid({ fromMs: 1_772_366_401_234, toMs: 1_772_366_401_234 + rangeMs });
  expect([grid.step, grid.start % step, grid.end % step]).toEqual([step, 0, 0]);
  expect(grid.start * 1_000).toBeGreaterThanOrEqual(1_772_366_401_234);
  expect(grid.end * 1_000).toBeLessThanOrEqual(1_772_366_401_234 + rangeMs);
});

test('lines are named by their labels, and omitted lines are counted', () => {
  const grid = { start: 0, end: 10, step: 5 };
  const one = { metric: { __name__: 'up', instance: 'a' }, column: [1, null, null] };
  expect(linesOf([one, { metric: {}, column: [null, null, null] }], grid)).toEqual({
    times: [0, 5, 10],
    lines: [
      { name: 'up{instance="a"}', labels: one.metric, column: [1, null, null] },
      { name: 'value', labels: {}, column: [null, null, null] },
    ],
    hiddenCount: 0,
  });
  const many = linesOf(
    Array.from({ length: maxLines + 3 }, () => one),
    grid,
  );
  expect([many.lines.length, many.hiddenCount]).toEqual([maxLines, 3]);
});

test('series of different times share the union of the times', () => {
  const series = [
    {
      host: 'a',
      labels: { device: 'sda' },
      points: [
        [1_000, 5],
        [3_000, null],
      ] as const,
    },
    { host: 'b', labels: {}, points: [[2_000, 7]] as const },
  ];
  expect(linesOfHistory({ unit: 'percent', resolution: '1m', step_seconds: 60, series })).toEqual({
    times: [1, 2, 3],
    lines: [
      { name: '{instance="a", device="sda"}', labels: { instance: 'a', device: 'sda' }, column: [5, null, null] },
      { name: '{instance="b"}', labels: { instance: 'b' }, column: [null, 7, null] },
    ],
    hiddenCount: 0,
  });
});

test.each([
  ['node_memory_MemAvailable_bytes{instance="a"}', 'bytes'],
  ['rate(node_network_receive_bytes_total[1m])', 'binBps'],
  ['100 * a_bytes / b_bytes', 'percent'],
  ['(100 * x)', 'percent'],
  ['a_bytes / b_bytes', 'short'],
  ['process_start_time_seconds{x="a/b"}', 's'],
  ['rate(node_cpu_seconds_total[1m])', 'short'],
  ['up', 'short'],
])('the unit of %s is %s', (expr, unit) => expect(guessUnit(expr)).toBe(unit));
