/** Charts of many lines: the highest ten, the median and the spread of all. */
import { describe, expect, test } from '@jest/globals';
import { quantiles, tryCondense } from '../../../console/charts/fleet.ts';

const line = (name: string, column: (number | null)[], more: { owner?: string; host?: string } = {}) => ({
  name,
  owner: name,
  host: name as string | undefined,
  column,
  isStacked: false,
  ...more,
});
const fleet = (count: number) =>
  Array.from({ length: count }, (_, index) => line(`web-${index}`, [index, null, count - index]));

test('up to twelve lines are all drawn', () => {
  expect(tryCondense(fleet(12))).toBeUndefined();
  expect(tryCondense(fleet(13))).toMatchObject({ count: 13, what: 'hosts', median: { name: 'Median of 13 hosts' } });
});

test('peaks do not count as lines and come with their line', () => {
  const lines = fleet(12);
  const peaks = lines.map(({ name, column }) => line(`${name} peak`, column, { owner: name, host: name }));
  expect(tryCondense([...lines, ...peaks])).toBeUndefined();
  const extra = line('top', [99, 99, 99]);
  const highest = tryCondense([
    ...lines,
    ...peaks,
    extra,
    line('top peak', [100, 100, 100], { owner: 'top' }),
  ])?.highest;
  expect(highest?.filter(({ name }) => !name.endsWith('peak'))).toHaveLength(10);
  expect(highest).toHaveLength(20);
  expect(highest?.at(-1)?.name).toBe('top peak');
});

test('the highest are those with the highest maximum; equal ones by name, empty ones last', () => {
  const lines = [line('none', [null]), ...'mlkjihgfedcba'.split('').map((name) => line(name, [name < 'f' ? 2 : 1]))];
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
