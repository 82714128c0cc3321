/** Reducers of columns to one number, by Grafana's names. */
import type { Column } from '../api/promql.ts';

type Reducer = (column: Column) => number | undefined;

const reducers: Readonly<Record<string, Reducer>> = {
  last: (column) => column.at(-1) ?? undefined,
  lastNotNull: (column) => column.findLast((value) => value !== null) ?? undefined,
  first: (column) => column[0] ?? undefined,
  firstNotNull: (column) => column.find((value) => value !== null) ?? undefined,
  min: (column) => fold(column, (a, b) => Math.min(a, b)),
  max: (column) => fold(column, (a, b) => Math.max(a, b)),
  sum: (column) => fold(column, (a, b) => a + b),
  mean(column) {
    const total = fold(column, (a, b) => a + b);
    return total === undefined ? undefined : total / column.filter((value) => value !== null).length;
  },
  count: (column) => column.length,
};

const names: Readonly<Record<string, string>> = {
  last: 'Last',
  lastNotNull: 'Last',
  first: 'First',
  firstNotNull: 'First',
  min: 'Min',
  max: 'Max',
  sum: 'Total',
  mean: 'Mean',
  count: 'Count',
};

/** Throws an Error for an unknown name. */
export function reducerOf(name: string): Reducer {
  const found = Object.hasOwn(reducers, name) ? reducers[name] : undefined;
  if (found === undefined) throw new Error(`no calculation ${name}; there are ${Object.keys(reducers).join(', ')}`);
  return found;
}

export function reducerTitle(name: string): string {
  return names[name] ?? name;
}

function fold(column: Column, join: (a: number, b: number) => number): number | undefined {
  let result: number | undefined;
  for (const value of column) if (value !== null) result = result === undefined ? value : join(result, value);
  return result;
}
