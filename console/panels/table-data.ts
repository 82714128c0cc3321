/** Joins instant answers into a table: series with equal labels share a row; `organize` orders and renames the columns. */
import { type Field, fieldOf } from '../dashboard/field.ts';
import type { JsonObject, Panel } from '../dashboard/model.ts';
import { listAt, objectAt, textAt } from '../dashboard/parse-dashboard.ts';
import type { Answer } from '../dashboard/queries/panel-queries.ts';

type Cell = string | number | undefined;

export interface TableColumn {
  /** Grafana's field name: a label, or `Value #A`. */
  readonly source: string;
  readonly heading: string;
  readonly kind: 'label' | 'value';
  readonly field: Field;
}

/** By `source` of the columns. */
export type TableRow = Readonly<Record<string, Cell>>;

export interface Table {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

export interface TableSort {
  readonly heading: string;
  readonly isDescending: boolean;
}

export function tableOf(panel: Panel, answers: readonly Answer[]): Table {
  const instants = answers.filter((answer) => answer.kind === 'instant');
  const rows = new Map<string, Record<string, Cell>>();
  const labelNames = new Set<string>();
  for (const { request, series } of instants) {
    const source = panel.targets.length === 1 ? 'Value' : `Value #${request.refId}`;
    for (const { metric, value } of series) {
      const labels = Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1));
      for (const [name] of labels) labelNames.add(name);
      const key = JSON.stringify(labels);
      const row = rows.get(key) ?? { ...metric };
      const number = Number(value[1]);
      row[source] = Number.isNaN(number) ? undefined : number;
      rows.set(key, row);
    }
  }
  const values = panel.targets.length === 1 ? ['Value'] : panel.targets.map(({ refId }) => `Value #${refId}`);
  const sources = [
    ...[...labelNames].map((source) => ({ source, kind: 'label' as const })),
    ...values.map((source) => ({ source, kind: 'value' as const })),
  ];
  return { columns: organise(panel, sources), rows: [...rows.values()] };
}

function organise(
  { transformations, fieldConfig }: Panel,
  sources: readonly { readonly source: string; readonly kind: 'label' | 'value' }[],
): readonly TableColumn[] {
  const organize = transformations.find(({ id }) => id === 'organize');
  const options = objectAt(organize?.['options'] ?? {}, 'organize.options');
  const [hidden, order, names] = ['excludeByName', 'indexByName', 'renameByName'].map((name) =>
    objectAt(options[name] ?? {}, name),
  ) as [JsonObject, JsonObject, JsonObject];
  const rank = (source: string) => Number(order[source] ?? Number.MAX_SAFE_INTEGER);
  return sources
    .filter(({ source }) => hidden[source] !== true)
    .toSorted((a, b) => rank(a.source) - rank(b.source))
    .map(({ source, kind }) => {
      const heading = textAt(names[source] ?? source, 'renameByName');
      return { source, kind, heading, field: fieldOf(fieldConfig, { name: heading, refId: source }) };
    });
}

/** Returns the panel's initial sort order: columns in order of their importance. */
export function initialSort({ options }: Panel): readonly TableSort[] {
  return listAt(options['sortBy'], 'options.sortBy').map((each) => {
    const { displayName, desc } = objectAt(each, 'options.sortBy');
    return { heading: textAt(displayName, 'options.sortBy'), isDescending: desc === true };
  });
}

/** Rows that are equal in the first column are sorted by the next. Absent values come last in both directions. */
export function sortRows({ columns, rows }: Table, sorts: readonly TableSort[]): readonly TableRow[] {
  return sorts.toReversed().reduce((sorted, sort) => {
    const source = columns.find(({ heading }) => heading === sort.heading)?.source;
    return source === undefined ? sorted : sorted.toSorted((a, b) => compareCells(a[source], b[source], sort));
  }, rows);
}

function compareCells(left: Cell, right: Cell, { isDescending }: TableSort): number {
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  const order = typeof left === 'number' && typeof right === 'number' ? left - right : compareTexts(left, right);
  return isDescending ? -order : order;
}

/** Sorts `web-2` before `web-10`. */
function compareTexts(left: Cell, right: Cell): number {
  return String(left).localeCompare(String(right), 'en', { numeric: true });
}
