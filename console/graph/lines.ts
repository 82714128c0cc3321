/** Converts series from PromQL or from the history API to the lines of a chart. */
import { type Column, gridTimes, type Labels, type RangeSeries, type TimeGrid } from '../api/promql.ts';
import { type TimeRange } from '../dashboard/model.ts';
import { renderLegend, stepOf } from '../dashboard/queries/panel-queries.ts';

export interface GraphLine {
  readonly name: string;
  readonly labels: Labels;
  readonly column: Column;
}

export interface GraphLines {
  /** Epoch seconds. */
  readonly times: readonly number[];
  readonly lines: readonly GraphLine[];
  /** Number of series that are not drawn. */
  readonly hiddenCount: number;
}

/** More lines are hard to tell apart and slow to draw. */
export const maxLines = 60;

const maxPoints = 600;
const minStepMs = 5_000;

/** Aligns the range to multiples of the step, so that a refresh does not move the points. */
export function graphGrid(range: TimeRange): TimeGrid {
  const step = stepOf(range, maxPoints, minStepMs) / 1_000;
  return {
    start: Math.ceil(range.fromMs / 1_000 / step) * step,
    end: Math.floor(range.toMs / 1_000 / step) * step,
    step,
  };
}

export function linesOf(series: readonly RangeSeries[], grid: TimeGrid): GraphLines {
  const lines = series
    .slice(0, maxLines)
    .map(({ metric, column }) => ({ name: nameOf(metric), labels: metric, column }));
  return { times: gridTimes(grid), lines, hiddenCount: Math.max(0, series.length - maxLines) };
}

function nameOf(labels: Labels): string {
  return renderLegend('', labels) || 'value';
}

/** A response of `/api/v1/metrics/history`. */
export interface History {
  readonly unit: string;
  readonly resolution: string;
  readonly step_seconds: number;
  readonly series: readonly {
    readonly host: string;
    readonly labels: Labels;
    /** Epoch milliseconds. */
    readonly points: readonly (readonly [number, number | null])[];
  }[];
}

/** Converts a history to lines. Tiers have different times: the chart has the times of all tiers. */
export function linesOfHistory({ series }: History): GraphLines {
  const times = [...new Set(series.flatMap(({ points }) => points.map(([timeMs]) => timeMs)))].sort((a, b) => a - b);
  const places = new Map(times.map((timeMs, index) => [timeMs, index]));
  const lines = series.slice(0, maxLines).map(({ host, labels, points }) => {
    const column: Column = Array.from({ length: times.length }, () => null);
    for (const [timeMs, value] of points) column[places.get(timeMs) as number] = value;
    const own = { instance: host, ...labels };
    return { name: nameOf(own), labels: own, column };
  });
  return { times: times.map((timeMs) => timeMs / 1_000), lines, hiddenCount: Math.max(0, series.length - maxLines) };
}

/** Returns true when an alert with these labels can come from a series with the labels of `metric`. */
export function includesLabels(labels: Labels, metric: Labels): boolean {
  return Object.entries(metric).every(([name, value]) => name === '__name__' || labels[name] === value);
}
