/** What a chart over time is made of. */

import type { Column } from '../api/query-response.ts';
import type { Threshold } from '../dashboard/field.ts';
import type { Mark } from '../dashboard/legend.ts';
import type { ColourScheme } from './colours.ts';

export interface Axes {
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  /** Bounds of the value axis; absent: as the values need. */
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface ChartSeries {
  readonly name: string;
  readonly colour: string;
  /** In pixels. */
  readonly width: number;
  /** How much of the colour is below the line: 0 to 1. */
  readonly fill: number;
  readonly isDashed: boolean;
  readonly isShown: boolean;
  /** On top of those before it that are stacked, too. */
  readonly isStacked: boolean;
}

/** What makes a chart another one; the rest may change while it stands. */
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
  /** One for each series of the form. */
  readonly columns: readonly Column[];
  /** What the time axis shows, in epoch seconds. */
  readonly from: number;
  readonly to: number;
  readonly marks: readonly Mark[];
  /** Tinted; absent: none. */
  readonly spans?: readonly ChartSpan[];
}

/** A span of time. */
export interface ChartSpan {
  /** Epoch seconds; no end: it lasts. */
  readonly from: number;
  readonly to: number | undefined;
  /** By Grafana's name. */
  readonly colour: string;
}

/** Where the pointer is: over which of the times, and where in the chart's element, in pixels. */
export interface ChartCursor {
  readonly index: number;
  readonly left: number;
  readonly top: number;
  /** Of the value axis, under the pointer; tells the nearest series. */
  readonly value: number;
  /** The pointer is in this chart, not in one that it moves together with. */
  readonly isHere: boolean;
}

/** Which series of a chart are shown; undefined: all. */
export type Visibility = ReadonlySet<string> | undefined;

/** After a click on a name in the legend, with Ctrl or without. */
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
