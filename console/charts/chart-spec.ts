/** The definition and the data of a time series chart. */

import type { Column } from '../api/promql.ts';
import type { Threshold } from '../dashboard/field.ts';
import type { Mark } from '../dashboard/queries/panel-queries.ts';
import type { ColourScheme } from './colours.ts';

export interface Axes {
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  /** Bounds of the value axis. Undefined: derived from the values. */
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface ChartSeries {
  readonly name: string;
  readonly colour: string;
  /** In pixels. */
  readonly width: number;
  /** Opacity of the area below the line, 0 to 1. */
  readonly fill: number;
  readonly isDashed: boolean;
  readonly isShown: boolean;
  /** Drawn on top of the stacked series before it. */
  readonly isStacked: boolean;
}

/** A change of these settings creates a new chart; new data only update it. */
export interface ChartSpec extends Axes {
  readonly series: readonly ChartSeries[];
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
  /** Highlighted periods. */
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
  /** Whether the pointer is in this chart. False for a chart that follows another one. */
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
