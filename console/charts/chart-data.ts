/** Columns as a chart draws them: stacked series on top of one another. */

import { type Column } from '../api/query-response.ts';
import { formatClock, formatDate } from '../format/times.ts';
import type { ChartData, ChartSeries } from './chart-spec.ts';

/** Those that are stacked, and shown. */
export function stackedIndexes(series: readonly ChartSeries[]): readonly number[] {
  return series.flatMap(({ isShown, isStacked }, index) => (isShown && isStacked ? [index] : []));
}

/** One for each of the columns. */
export function drawnColumns(series: readonly ChartSeries[], columns: readonly Column[]): Column[] {
  const drawn = [...columns];
  const indexes = stackedIndexes(series);
  const stacked = stack(indexes.map((index) => columns[index] as Column));
  for (const [at, index] of indexes.entries()) drawn[index] = stacked[at] as Column;
  return drawn;
}

/** A shorter piece without data is seen to be one. */
const leastShare = 0.1;

/** `data begins at 11:07`, with its date where the range ends on another day; undefined where they begin with the range. */
export function tryDataStart({ times, columns, from, to }: Omit<ChartData, 'marks'>): string | undefined {
  const first = times.findIndex((_, index) => columns.some((column) => (column[index] ?? null) !== null));
  const begin = times[first];
  if (begin === undefined || begin - from <= leastShare * (to - from)) return undefined;
  const [date, clock] = [formatDate(begin * 1_000), formatClock(begin * 1_000).slice(0, 5)];
  return `data begins at ${date === formatDate(to * 1_000) ? clock : `${date} ${clock}`}`;
}

/** Where a value has none beside it. */
export function lonelyIndexes(column: ArrayLike<number | null | undefined>): number[] {
  const has = (index: number) => (column[index] ?? null) !== null;
  const found: number[] = [];
  for (let index = 0; index < column.length; index += 1)
    if (has(index) && !has(index - 1) && !has(index + 1)) found.push(index);
  return found;
}

/** Each on top of those before it; a gap counts as nothing unless all have it. */
export function stack(columns: readonly Column[]): Column[] {
  const length = columns[0]?.length ?? 0;
  const totals = Array.from({ length }, () => 0);
  return columns.map((column) =>
    column.map((value, index) => {
      if (value === null) return null;
      totals[index] = (totals[index] as number) + value;
      return totals[index] as number;
    }),
  );
}
