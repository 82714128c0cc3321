/** The parts of a chart: reducers, stacks, tooltips, legends; for many lines the highest ten, the median and the spread. */
import { describe, expect, test } from '@jest/globals';
import {
  type ChartSeries,
  type ChartSpec,
  dataStartText,
  drawnColumns,
  lonelyIndexes,
  marksOfHosts,
  quantiles,
  stack,
  toggleSeries,
  tryCondense,
  tryFirstTime,
} from '../../../console/charts/chart-data.ts';
import { reducerOf, reducerTitle } from '../../../console/charts/reduce.ts';
import { tooltipRows } from '../../../console/charts/tooltip-rows.ts';

describe('columns', () => {
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

const fleetLine = (name: string, column: (number | null)[], more: { owner?: string; host?: string } = {}) => ({
  name,
  owner: name,
  host: name as string | undefined,
  column,
  isStacked: false,
  ...more,
});
const fleet = (count: number) =>
  Array.from({ length: count }, (_, index) => fleetLine(`web-${index}`, [index, null, count - index]));

test('up to twelve lines are all drawn', () => {
  expect(tryCondense(fleet(12))).toBeUndefined();
  expect(tryCondense(fleet(13))).toMatchObject({ count: 13, what: 'hosts', median: { name: 'Median of 13 hosts' } });
});

test('peaks do not count as lines and come with their line', () => {
  const lines = fleet(12);
  const peaks = lines.map(({ name, column }) => fleetLine(`${name} peak`, column, { owner: name, host: name }));
  expect(tryCondense([...lines, ...peaks])).toBeUndefined();
  const extra = fleetLine('top', [99, 99, 99]);
  const highest = tryCondense([
    ...lines,
    ...peaks,
    extra,
    fleetLine('top peak', [100, 100, 100], { owner: 'top' }),
  ])?.highest;
  expect(highest?.filter(({ name }) => !name.endsWith('peak'))).toHaveLength(10);
  expect(highest).toHaveLength(20);
  expect(highest?.at(-1)?.name).toBe('top peak');
});

test('the highest are those with the highest maximum; equal ones by name, empty ones last', () => {
  const lines = [
    fleetLine('none', [null]),
    ...'mlkjihgfedcba'.split('').map((name) => fleetLine(name, [name < 'f' ? 2 : 1])),
  ];
  expect(tryCondense(lines)?.highest.map(({ name }) => name)).toEqual('jihgfedcba'.split(''));
});

test('several series of a host are series', () => {
  const lines = fleet(14).map((each, index) => ({ ...each, host: index < 2 ? 'web-0' : each.host }));
  expect(tryCondense(lines)).toMatchObject({ what: 'series', median: { name: 'Median of 14 series' } });
});

test('stacked lines are a sum and stay', () => {
  expect(tryCondense(fleet(30).map((each) => ({ ...each, isStacked: true })))).toBeUndefined();
});

describe('quantiles', () => {
  test('interpolate, and skip gaps', () => {
    const columns = [
      [1, null, 5],
      [2, null, null],
      [3, null, null],
      [4, null, null],
      [11, null, 7],
    ];
    expect(quantiles(columns, [0, 0.1, 0.5, 1])).toEqual([
      [1, null, 5],
      [1.4, null, 5.2],
      [3, null, 6],
      [11, null, 7],
    ]);
  });

  test('of nothing are empty', () => expect(quantiles([], [0.5])).toEqual([[]]));
});
