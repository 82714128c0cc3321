/** Series as the columns of a chart: one list of times, one of values for each series, null where there is none. */
import type { MatrixSeries } from '../api/promql-answer.ts';

export interface TimeGrid {
  /** Epoch seconds, like the step. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export type Column = (number | null)[];

export function gridTimes({ start, end, step }: TimeGrid): number[] {
  return Array.from({ length: Math.floor((end - start) / step + 1e-9) + 1 }, (_, index) => start + index * step);
}

/** What falls between the grid's times is not of this query; NaN and infinities leave a gap. */
export function toColumn({ values }: MatrixSeries, { start, end, step }: TimeGrid): Column {
  const length = Math.floor((end - start) / step + 1e-9) + 1;
  const column: Column = Array.from({ length }, () => null);
  for (const [time, text] of values) {
    const index = Math.round((time - start) / step);
    const value = Number(text);
    if (index >= 0 && index < column.length && Number.isFinite(value)) column[index] = value;
  }
  return column;
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
