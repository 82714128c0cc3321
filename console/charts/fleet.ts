/** Condenses a chart of many lines to the highest ten, the median and the spread. */
import type { Column } from '../api/promql.ts';
import { reducerOf } from './reduce.ts';

/** Charts of more lines are condensed. */
export const maxLines = 12;
const highestCount = 10;

interface FleetLine {
  readonly name: string;
  /** Name of the line whose peaks this line shows. Its own name for other lines. */
  readonly owner: string;
  readonly host: string | undefined;
  readonly column: Column;
  readonly isStacked: boolean;
}

export interface Quantile {
  readonly name: string;
  readonly column: Column;
}

interface Condensed<Line> {
  /** The ten lines with the highest maximum, with their peaks, in the given order. */
  readonly highest: readonly Line[];
  /** Number of lines, without peaks. */
  readonly count: number;
  /** `hosts` if each line is a host. */
  readonly what: 'hosts' | 'series';
  readonly median: Quantile;
  readonly upper: Quantile;
  readonly lower: Quantile;
}

/** Undefined for few lines, and for stacked ones, which are read as a sum. */
export function tryCondense<Line extends FleetLine>(lines: readonly Line[]): Condensed<Line> | undefined {
  const own = lines.filter(({ name, owner }) => name === owner);
  if (own.length <= maxLines || lines.some(({ isStacked }) => isStacked)) return undefined;
  const max = reducerOf('max');
  const ranked = own
    .map(({ name, column }) => ({ name, value: max(column) ?? -Infinity }))
    .toSorted((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1));
  const names = new Set(ranked.slice(0, highestCount).map(({ name }) => name));
  const hosts = new Set(own.map(({ host }) => host));
  const what = hosts.size === own.length && !hosts.has(undefined) ? 'hosts' : 'series';
  const [lower, median, upper] = quantiles(
    own.map(({ column }) => column),
    [0.1, 0.5, 0.9],
  ) as [Column, Column, Column];
  return {
    highest: lines.filter(({ owner }) => names.has(owner)),
    count: own.length,
    what,
    median: { name: `Median of ${own.length} ${what}`, column: median },
    upper: { name: '90th percentile', column: upper },
    lower: { name: '10th percentile', column: lower },
  };
}

/** Returns a column for each quantile, with linear interpolation. A time without any value has none. */
export function quantiles(columns: readonly Column[], shares: readonly number[]): readonly Column[] {
  const length = columns[0]?.length ?? 0;
  const found = shares.map((): Column => []);
  for (let index = 0; index < length; index += 1) {
    const sorted = Float64Array.from(columns.flatMap((column) => column[index] ?? [])).sort();
    for (const [at, share] of shares.entries()) found[at]?.push(quantileOf(sorted, share));
  }
  return found;
}

function quantileOf(sorted: Float64Array, share: number): number | null {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low === undefined || high === undefined ? null : low + (high - low) * (place - Math.floor(place));
}
