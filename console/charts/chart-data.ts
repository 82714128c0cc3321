/** Derives the drawn columns of a chart: stacked series, lonely points, and the time at which the data start. */

import { type Column } from '../api/promql.ts';
import { formatClock, formatDate } from '../format/times.ts';
import type { ChartData, ChartSeries } from './chart-spec.ts';

/** Returns the indexes of the stacked series that are visible. */
export function stackedIndexes(series: readonly ChartSeries[]): readonly number[] {
  return series.flatMap(({ isShown, isStacked }, index) => (isShown && isStacked ? [index] : []));
}

/** Returns the columns with the stacked ones on top of each other. */
export function drawnColumns(series: readonly ChartSeries[], columns: readonly Column[]): Column[] {
  const drawn = [...columns];
  const indexes = stackedIndexes(series);
  const stacked = stack(indexes.map((index) => columns[index] as Column));
  for (const [at, index] of indexes.entries()) drawn[index] = stacked[at] as Column;
  return drawn;
}

/** A shorter gap at the start needs no explanation. */
const leastShare = 0.1;

/**
 * Returns `Data starts at 11:07`, with a date if the range ends on another day. Undefined if the data cover the range.
 * Explains an empty part of a chart that would look like an error.
 */
export function tryDataStart({ times, columns, from, to }: Omit<ChartData, 'marks'>): string | undefined {
  const first = times.findIndex((_, index) => columns.some((column) => (column[index] ?? null) !== null));
  const begin = times[first];
  if (begin === undefined || begin - from <= leastShare * (to - from)) return undefined;
  const [date, clock] = [formatDate(begin * 1_000), formatClock(begin * 1_000).slice(0, 5)];
  return `Data starts at ${date === formatDate(to * 1_000) ? clock : `${date} ${clock}`}`;
}

/** Returns the indexes of values without a neighbour, which a line cannot show. */
export function lonelyIndexes(column: ArrayLike<number | null | undefined>): number[] {
  const has = (index: number) => (column[index] ?? null) !== null;
  const found: number[] = [];
  for (let index = 0; index < column.length; index += 1)
    if (has(index) && !has(index - 1) && !has(index + 1)) found.push(index);
  return found;
}

/** Adds each column to the ones before it. A gap counts as zero for the columns above. */
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
