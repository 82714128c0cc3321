/** The parts of a chart: columns, reducers, stacks, tooltips, legends, colours. */
import { describe, expect, test } from '@jest/globals';
import { createColumn, gridTimes } from '../../../console/api/promql.ts';
import {
  type ChartSeries,
  type ChartSpec,
  dataStartText,
  drawnColumns,
  lonelyIndexes,
  marksOfHosts,
  stack,
  toggleSeries,
  tryFirstTime,
} from '../../../console/charts/chart-data.ts';
import { namedColour, seriesColour, translucent } from '../../../console/charts/colours.ts';
import { reducerOf, reducerTitle } from '../../../console/charts/reduce.ts';
import { tooltipRows } from '../../../console/charts/tooltip-rows.ts';

describe('columns', () => {
  const grid = { start: 100, end: 130, step: 10 };

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

  test('stack over gaps', () => {
    expect(
      stack([
        [1, null, 3],
        [1, 2, null],
        [1, 1, 1],
      ]),
    ).toEqual([
      [1, null, 3],
      [2, 2, null],
      [3, 3, 4],
    ]);
    expect(stack([])).toEqual([]);
  });
});

test('a value between two gaps has a point', () => {
  expect(lonelyIndexes([1, null, 2, 3, null, 4])).toEqual([0, 5]);
  expect(lonelyIndexes([null, 0, null])).toEqual([1]);
  expect(lonelyIndexes([])).toEqual([]);
});

describe('the data start', () => {
  const at = (text: string) => new Date(`2026-03-01T${text}:00`).getTime() / 1_000;
  const times = [at('11:00'), at('11:10'), at('11:20')];
  const span = { times, from: at('10:20'), to: at('11:20') };

  test('is shown if the range begins well before', () => {
    const columns = [
      [null, null, 5],
      [null, 0, 1],
    ];
    expect(tryFirstTime({ ...span, columns })).toBe(at('11:10'));
  });

  test('is not shown if the data cover the range, or without data', () => {
    expect(tryFirstTime({ ...span, from: at('11:00') - 40, columns: [[1, 2, 3]] })).toBeUndefined();
    expect(tryFirstTime({ ...span, columns: [[null, null, null]] })).toBeUndefined();
    expect(tryFirstTime({ ...span, columns: [] })).toBeUndefined();
  });

  test('has a date unless it is today', () => {
    const startMs = at('11:10') * 1_000;
    expect(dataStartText(startMs, at('23:59') * 1_000)).toBe('Data starts at 11:10');
    expect(dataStartText(startMs, (at('00:01') + 86_400) * 1_000)).toBe('Data starts at 2026-03-01 11:10');
    expect(dataStartText(startMs, (at('11:10') + 365 * 86_400) * 1_000)).toBe('Data starts at 2026-03-01 11:10');
  });
});

test('marks are those of the hosts drawn, and those of no host', () => {
  const mark = (host: string | undefined) => ({
    timeMs: 1,
    title: 'X',
    text: '',
    tags: [],
    ...(host === undefined ? {} : { host }),
  });
  const marks = [mark('web-1'), mark('web-2'), mark(undefined)];
  expect(marksOfHosts(marks, ['web-1', 'web-1', undefined]).map(({ host }) => host)).toEqual(['web-1', undefined]);
  expect(marksOfHosts(marks, ['db-1']).map(({ host }) => host)).toEqual([undefined]);
  expect(marksOfHosts(marks, [undefined])).toEqual(marks);
});

describe('reducers', () => {
  test.each([
    ['last', null],
    ['lastNotNull', 4],
    ['first', null],
    ['firstNotNull', 1],
    ['min', 1],
    ['max', 7],
    ['mean', 4],
    ['sum', 12],
  ])('%s', (name, value) => expect(reducerOf(name)([null, 1, 7, null, 4, null]) ?? null).toBe(value));

  test('reduce an empty column to undefined, not to 0', () => {
    for (const name of ['lastNotNull', 'min', 'max', 'mean', 'sum'])
      expect(reducerOf(name)([null, null])).toBeUndefined();
  });

  test('reject an unknown name', () => {
    expect(() => reducerOf('toString')).toThrow('no calculation toString; there are last, lastNotNull');
    expect(reducerTitle('lastNotNull')).toBe('Last');
  });
});

function series(name: string, more: Partial<ChartSeries> = {}): ChartSeries {
  return {
    name,
    colour: '#123456',
    width: 1,
    fill: 0,
    isDashed: false,
    isShown: true,
    isStacked: false,
    isSummary: false,
    ...more,
  };
}

function spec(...all: readonly ChartSeries[]): ChartSpec {
  const axes = { unit: 'short', decimals: undefined, min: 0, max: undefined };
  return { ...axes, isBars: false, thresholds: [], thresholdStyle: 'off', bands: [], scheme: 'light', series: all };
}

describe('drawn columns', () => {
  test('stack the visible stacked series and keep the others', () => {
    const all = [
      series('a', { isStacked: true }),
      series('peak'),
      series('b', { isStacked: true, isShown: false }),
      series('c', { isStacked: true }),
    ];
    expect(drawnColumns(all, [[1], [9], [2], [3]])).toEqual([[1], [9], [2], [4]]);
  });
});

describe('the tooltip', () => {
  test('lists the greatest first, marks the nearest, and omits gaps and hidden series', () => {
    const all = spec(series('a'), series('b'), series('c'), series('d', { isShown: false }));
    const columns = [[1], [5], [null], [7]];
    const { rows, more } = tooltipRows({ spec: all, data: { columns }, at: { index: 0, value: 1.4 } });
    expect(rows.map(({ name, value, isNearest }) => [name, value, isNearest])).toEqual([
      ['b', 5, false],
      ['a', 1, true],
    ]);
    expect(more).toBe(0);
  });

  test('counts the omitted rows, and always lists the nearest', () => {
    const all = spec(...Array.from({ length: 20 }, (_, index) => series(`host-${index}`)));
    const columns = Array.from({ length: 20 }, (_, index) => [index]);
    const { rows, more } = tooltipRows({ spec: all, data: { columns }, at: { index: 0, value: 2.1 } });
    expect(rows).toHaveLength(13);
    expect(rows.at(-1)).toMatchObject({ name: 'host-2', isNearest: true });
    expect(more).toBe(7);
  });

  test('finds the nearest stacked series by height, and shows the unstacked values', () => {
    const all = spec(series('a', { isStacked: true }), series('b', { isStacked: true }));
    const { rows } = tooltipRows({ spec: all, data: { columns: [[10], [10]] }, at: { index: 0, value: 19 } });
    expect(rows.map(({ name, value, isNearest }) => [name, value, isNearest])).toEqual([
      ['a', 10, false],
      ['b', 10, true],
    ]);
  });
});

describe('the legend', () => {
  const all = ['a', 'b', 'c'];

  test('isolates a series on a click, and shows all on a second click', () => {
    const alone = toggleSeries(undefined, { name: 'b', how: 'isolate', all });
    expect([...(alone ?? [])]).toEqual(['b']);
    expect(toggleSeries(alone, { name: 'b', how: 'isolate', all })).toBeUndefined();
    expect([...(toggleSeries(alone, { name: 'c', how: 'isolate', all }) ?? [])]).toEqual(['c']);
  });

  test('hides and shows a series on Ctrl+click', () => {
    const without = toggleSeries(undefined, { name: 'b', how: 'toggle', all });
    expect([...(without ?? [])]).toEqual(['a', 'c']);
    expect(toggleSeries(without, { name: 'b', how: 'toggle', all })).toBeUndefined();
  });
});

describe('colours', () => {
  test('differ for a hundred lines, and include Grafana’s names', () => {
    expect(new Set(Array.from({ length: 100 }, (_, index) => seriesColour(index, 'dark'))).size).toBe(100);
    expect(namedColour('semi-dark-red', 'light')).toBe(namedColour('red', 'light'));
    expect(namedColour('#abc123', 'light')).toBe('#abc123');
    expect(namedColour('mauve', 'light')).toBe(namedColour('text', 'light'));
    expect(translucent('#abc123', 0.5)).toBe('#abc12380');
  });

  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.039_28 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };

  test.each([
    ['light', '#ffffff'],
    ['dark', '#171b22'],
  ] as const)('in the %s scheme: contrast of lines at least 3:1, of text at least 4.5:1', (scheme, card) => {
    for (let index = 0; index < 10; index += 1)
      expect(contrast(seriesColour(index, scheme), card)).toBeGreaterThanOrEqual(3);
    for (const name of ['green', 'orange', 'red', 'blue', 'yellow', 'purple'])
      expect([name, contrast(namedColour(name, scheme), card) >= 4.5]).toEqual([name, true]);
  });
});
