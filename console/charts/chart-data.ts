/** Columns as a chart draws them: stacked series on top of one another. */
import type { ChartSeries } from '../chart-form.ts';
import { type Column, stack } from './columns.ts';

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
