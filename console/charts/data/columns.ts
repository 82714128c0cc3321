/** Series as the columns of a chart: one list of times, one of values for each series, null where there is none. */
export interface TimeGrid {
  /** Epoch seconds, like the step. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export type Column = (number | null)[];

export function gridTimes(grid: TimeGrid): number[] {
  const { start, step } = grid;
  return Array.from({ length: lengthOf(grid) }, (_, index) => start + index * step);
}

export interface ColumnWriter {
  /** In the order of time. NaN and infinities leave a gap; what is beyond the grid is not of this query. */
  put(time: number, value: number): void;
  finish(): Column;
}

/** Written from the first value on: V8 keeps the numbers of a list unboxed as long as nothing else was ever in it. */
export function createColumn(grid: TimeGrid): ColumnWriter {
  const { start, step } = grid;
  const length = lengthOf(grid);
  const column: Column = [];

  function fillTo(index: number): void {
    while (column.length < index) column.push(null);
  }

  return {
    put(time, value) {
      const index = Math.round((time - start) / step);
      if (index < column.length || index >= length || !Number.isFinite(value)) return;
      fillTo(index);
      column.push(value);
    },
    finish() {
      fillTo(length);
      return column;
    },
  };
}

function lengthOf({ start, end, step }: TimeGrid): number {
  return Math.floor((end - start) / step + 1e-9) + 1;
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
