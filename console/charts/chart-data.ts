/**
 * Defines the data of a time series chart and computes the drawn columns: stacked lines, points without neighbours, and, for a
 * chart of many lines, the ten highest lines, the median and the spread.
 */
import type { Column } from '../api/promql.ts';
import type { Threshold } from '../dashboard/field.ts';
import { type Mark } from '../dashboard/queries/marks.ts';
import { type ColourScheme } from '../format/colours.ts';
import { formatClock, formatDate } from '../format/values.ts';
import { reducerOf } from './reduce.ts';

export interface ChartSeries {
  readonly name: string;
  readonly colour: string;
  /** Width of the line in pixels. */
  readonly width: number;
  /** Opacity of the area below the line, 0 to 1. */
  readonly fill: number;
  readonly isDashed: boolean;
  readonly isShown: boolean;
  /** Drawn on top of the stacked series before it. */
  readonly isStacked: boolean;
  /** A quantile of many series. */
  readonly isSummary: boolean;
}

/** The area between two series. */
export interface ChartBand {
  readonly upper: string;
  readonly lower: string;
  readonly colour: string;
}

/** A change of these settings creates a new chart; new data only update it. */
export interface ChartSpec {
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  /** Bounds of the value axis. Undefined: derived from the values. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly series: readonly ChartSeries[];
  /** A band whose series are absent is not drawn. */
  readonly bands: readonly ChartBand[];
  readonly isBars: boolean;
  readonly thresholds: readonly Threshold[];
  readonly thresholdStyle: 'off' | 'line' | 'area';
  readonly scheme: ColourScheme;
}

export interface ChartData {
  /** Epoch seconds. */
  readonly times: readonly number[];
  /** One column for each series of the spec. */
  readonly columns: readonly Column[];
  /** Bounds of the time axis in epoch seconds. */
  readonly from: number;
  readonly to: number;
  readonly marks: readonly Mark[];
  readonly spans?: readonly ChartSpan[];
}

/** A highlighted period. */
export interface ChartSpan {
  /** Epoch seconds. Without an end, the period continues. */
  readonly from: number;
  readonly to: number | undefined;
  /** In Grafana's colour names. */
  readonly colour: string;
}

/** The pointer: index of the time below it, and position in the chart's element in pixels. */
export interface ChartCursor {
  readonly index: number;
  readonly left: number;
  readonly top: number;
  /** Value on the axis below the pointer, which identifies the nearest series. */
  readonly value: number;
  /** Whether the pointer is in this chart. False for a chart that shows the pointer of another chart. */
  readonly isHere: boolean;
}

/** Names of the visible series. Undefined: all. */
export type Visibility = ReadonlySet<string> | undefined;

/**
 * Returns the visible series after a click in the legend. `isolate` (a plain click) shows only the clicked series, or all
 * series if it was the only visible one. `toggle` (Ctrl and click) shows or hides the clicked series.
 */
export function toggleSeries(
  shown: Visibility,
  { name, how, all }: { readonly name: string; readonly how: 'isolate' | 'toggle'; readonly all: readonly string[] },
): Visibility {
  if (how === 'isolate') return shown?.size === 1 && shown.has(name) ? undefined : new Set([name]);
  const next = new Set(shown ?? all);
  if (next.has(name)) next.delete(name);
  else next.add(name);
  return all.every((each) => next.has(each)) ? undefined : next;
}

/** Returns the indexes of the stacked series that are visible. */
export function stackedIndexes(series: readonly ChartSeries[]): readonly number[] {
  return series.flatMap(({ isShown, isStacked }, index) => (isShown && isStacked ? [index] : []));
}

/** Returns the columns to draw: the columns of stacked series are drawn on top of each other. */
export function drawnColumns(series: readonly ChartSeries[], columns: readonly Column[]): Column[] {
  const drawn = [...columns];
  const indexes = stackedIndexes(series);
  const stacked = stack(indexes.map((index) => columns[index] as Column));
  for (const [at, index] of indexes.entries()) drawn[index] = stacked[at] as Column;
  return drawn;
}

/** Part of the range. A shorter gap at the start needs no explanation. */
const leastShare = 0.04;

/** Returns the time of the first value in epoch seconds. Returns undefined without values, and when the data cover the range. */
export function tryFirstTime({ times, columns, from, to }: Omit<ChartData, 'marks'>): number | undefined {
  const first = times.findIndex((_, index) => columns.some((column) => (column[index] ?? null) !== null));
  const begin = times[first];
  return begin === undefined || begin - from <= leastShare * (to - from) ? undefined : begin;
}

/** Returns `Data starts at 11:07`, with the date unless the date is today. Explains an empty part of a chart, which would look like an error. */
export function dataStartText(startMs: number, nowMs: number): string {
  const [date, clock] = [formatDate(startMs), formatClock(startMs).slice(0, 5)];
  return `Data starts at ${date === formatDate(nowMs) ? clock : `${date} ${clock}`}`;
}

/** Returns the marks of the drawn hosts, and the marks without a host. Returns all marks for a chart without hosts. */
export function marksOfHosts(marks: readonly Mark[], drawn: readonly (string | undefined)[]): readonly Mark[] {
  const hosts = new Set(drawn.filter((host) => host !== undefined));
  if (hosts.size === 0) return marks;
  return marks.filter(({ host }) => host === undefined || hosts.has(host));
}

/** Returns the indexes of values without a neighbour, which a line cannot show. */
export function lonelyIndexes(column: ArrayLike<number | null | undefined>): number[] {
  const has = (index: number) => (column[index] ?? null) !== null;
  const found: number[] = [];
  for (let index = 0; index < column.length; index += 1)
    if (has(index) && !has(index - 1) && !has(index + 1)) found.push(index);
  return found;
}

/** Adds each column to the sum of the previous columns. A gap counts as zero for the following columns. */
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

/**
 * Returns the bounds of the value axis: the panel's bounds, if set. Otherwise the axis of positive values starts at zero, and the axis of
 * a flat line is one unit high.
 */
export function valueRange(
  { min: wantedMin, max: wantedMax }: Pick<ChartSpec, 'min' | 'max'>,
  min: number | null,
  max: number | null,
): [number, number] {
  const [low, high] = [min ?? 0, max ?? 1];
  const floor = wantedMin ?? (low >= 0 ? 0 : low - (high - low) * 0.05);
  const reach = Math.max(high, floor);
  const ceiling = wantedMax ?? (reach === floor ? floor + 1 : reach + (reach - floor) * 0.08);
  return [floor, ceiling];
}

/** A chart with more lines is condensed. */
export const maxLines = 12;
const highestCount = 10;

interface FleetLine {
  readonly name: string;
  /** Name of the line whose peaks this line shows. For other lines, the name of the line itself. */
  readonly owner: string;
  readonly host: string | undefined;
  readonly column: Column;
  readonly isStacked: boolean;
}

interface Quantile {
  readonly name: string;
  readonly column: Column;
}

interface Condensed<Line> {
  /** The ten lines with the highest maximum, and the lines of their peaks, in the given order. */
  readonly highest: readonly Line[];
  /** Number of lines, without peaks. */
  readonly count: number;
  /** `hosts` if each line is a host. */
  readonly what: 'hosts' | 'series';
  readonly median: Quantile;
  readonly upper: Quantile;
  readonly lower: Quantile;
}

/** Returns the highest lines and the quantiles of all lines. Returns undefined for up to `maxLines` lines, and for stacked lines, which are read as a sum. */
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

/** Returns a column for each quantile, with linear interpolation. The quantile at a time without values is null. */
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
