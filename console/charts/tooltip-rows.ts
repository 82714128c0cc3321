/** The rows of a chart's tooltip: greatest first, the nearest to the pointer always among them. */
import type { ChartCursor, ChartData, ChartForm } from './chart.ts';
import { stack } from './columns.ts';

export interface TooltipRow {
  readonly index: number;
  readonly name: string;
  readonly colour: string;
  readonly value: number;
  readonly isNearest: boolean;
}

/** More than a screen holds beside a chart. */
const maxRows = 12;

export function tooltipRows(asked: {
  readonly form: ChartForm;
  readonly data: Pick<ChartData, 'columns'>;
  readonly at: Pick<ChartCursor, 'index' | 'value'>;
}): { readonly rows: readonly TooltipRow[]; readonly more: number } {
  const { form, data, at } = asked;
  const present = form.series.flatMap(({ name, colour, isShown }, index) => {
    const value = data.columns[index]?.[at.index];
    return isShown && value !== null && value !== undefined ? [{ index, name, colour, value }] : [];
  });
  const heights = form.isStacked
    ? stack(present.map(({ value }) => [value])).map(([height]) => height as number)
    : present.map(({ value }) => value);
  const distances = heights.map((height) => Math.abs(height - at.value));
  const nearest = present[distances.indexOf(Math.min(...distances))]?.index;
  const ordered = present
    .map((row) => ({ ...row, isNearest: row.index === nearest }))
    .toSorted((a, b) => b.value - a.value);
  const first = ordered.slice(0, maxRows);
  const missed = ordered.slice(maxRows).find(({ isNearest }) => isNearest);
  const rows = missed === undefined ? first : [...first.slice(0, -1), missed];
  return { rows, more: ordered.length - rows.length };
}
