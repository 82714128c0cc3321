/** Reduces columns to one number, by Grafana's names of the reducers. */
import type { Column } from '../api/promql.ts';

type Reducer = (column: Column) => number | undefined;

/** Titles and functions. */
const reducers: Readonly<Record<string, readonly [string, Reducer]>> = {
  last: ['Last', (column) => column.at(-1) ?? undefined],
  lastNotNull: ['Last', (column) => column.findLast((value) => value !== null) ?? undefined],
  first: ['First', (column) => column[0] ?? undefined],
  firstNotNull: ['First', (column) => column.find((value) => value !== null) ?? undefined],
  min: ['Min', (column) => fold(column, (a, b) => Math.min(a, b))],
  max: ['Max', (column) => fold(column, (a, b) => Math.max(a, b))],
  sum: ['Total', sum],
  mean: ['Mean', mean],
  count: ['Count', (column) => column.length],
};

/** Throws an Error for an unknown name. */
export function reducerOf(name: string): Reducer {
  const found = Object.hasOwn(reducers, name) ? reducers[name] : undefined;
  if (found === undefined) throw new Error(`no calculation ${name}; there are ${Object.keys(reducers).join(', ')}`);
  return found[1];
}

export function reducerTitle(name: string): string {
  return reducers[name]?.[0] ?? name;
}

function sum(column: Column): number | undefined {
  return fold(column, (a, b) => a + b);
}

function mean(column: Column): number | undefined {
  const total = sum(column);
  return total === undefined ? undefined : total / column.filter((value) => value !== null).length;
}

function fold(column: Column, join: (a: number, b: number) => number): number | undefined {
  let result: number | undefined;
  for (const value of column) if (value !== null) result = result === undefined ? value : join(result, value);
  return result;
}
