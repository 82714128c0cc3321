/** Selects the rows of a chart's tooltip: the greatest values first, and always the value nearest to the pointer. */
import { type ChartCursor, type ChartData, type ChartSpec, drawnColumns } from './chart-data.ts';

interface TooltipRow {
  readonly index: number;
  readonly name: string;
  readonly colour: string;
  readonly value: number;
  readonly isNearest: boolean;
}

/** More rows do not fit on a screen. */
const maxRows = 13;

export function tooltipRows(input: {
  readonly spec: ChartSpec;
  readonly data: Pick<ChartData, 'columns'>;
  readonly at: Pick<ChartCursor, 'index' | 'value'>;
}): { readonly rows: readonly TooltipRow[]; readonly more: number } {
  const { spec, data, at } = input;
  const drawn = drawnColumns(
    spec.series,
    data.columns.map((column) => [column[at.index] ?? null]),
  );
  const present = spec.series.flatMap(({ name, colour, isShown }, index) => {
    const value = data.columns[index]?.[at.index];
    const height = drawn[index]?.[0] ?? 0;
    return isShown && value !== null && value !== undefined ? [{ index, name, colour, value, height }] : [];
  });
  const distances = present.map(({ height }) => Math.abs(height - at.value));
  const nearest = present[distances.indexOf(Math.min(...distances))]?.index;
  const ordered = present
    .map(({ index, name, colour, value }) => ({ index, name, colour, value, isNearest: index === nearest }))
    .toSorted((a, b) => b.value - a.value);
  const first = ordered.slice(0, maxRows);
  const missed = ordered.slice(maxRows).find(({ isNearest }) => isNearest);
  const rows = missed === undefined ? first : [...first.slice(0, -1), missed];
  return { rows, more: ordered.length - rows.length };
}
