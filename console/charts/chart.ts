/**
 * Draws a time series chart into an element with uPlot. `update` replaces the data and keeps the canvas; `destroy` removes
 * everything.
 */

import uPlot from 'uplot';
import { formatterOf } from '../format/units.ts';
import { drawnColumns, lonelyIndexes, stackedIndexes } from './chart-data.ts';
import type { Axes, ChartCursor, ChartData, ChartSeries, ChartSpec } from './chart-spec.ts';
import { chartColours, namedColour, translucent } from './colours.ts';
import { drawMarks, drawSpans, drawThresholds } from './overlays.ts';

interface ChartOptions {
  readonly place: HTMLElement;
  readonly spec: ChartSpec;
  readonly data: ChartData;
  /** Charts with the same key share their cursor. */
  readonly syncKey: string;
  readonly onCursor: (cursor: ChartCursor | undefined) => void;
  /** Epoch milliseconds. */
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

export interface Chart {
  update(data: ChartData): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

/** A shorter drag is a click. */
const minZoomPixels = 6;

export function createChart(options: ChartOptions): Chart {
  const { place, spec, syncKey, onCursor, onZoom, onZoomOut } = options;
  let { data } = options;
  const ink = chartColours[spec.scheme];

  const plot = new uPlot(
    {
      width: Math.max(place.clientWidth, 50),
      height: Math.max(place.clientHeight, 50),
      padding: [8, 18, 0, 0],
      legend: { show: false },
      focus: { alpha: 1 },
      cursor: {
        drag: { x: true, y: false, setScale: false },
        sync: { key: syncKey, setSeries: false, scales: ['x', null] },
        points: { size: 7, width: 2 },
        bind: {
          dblclick: () => () => {
            onZoomOut();
            return null;
          },
        },
      },
      scales: {
        x: { time: true, range: () => [data.from, data.to] },
        y: { range: (_, min, max) => valueRange(spec, min, max) },
      },
      axes: chartAxes(spec, ink),
      series: [{}, ...spec.series.map((series) => plotSeries(series, spec.isBars))],
      bands: stackBands(spec.series),
      hooks: {
        drawClear: [(self) => drawSpans(self, data.spans ?? [], spec.scheme), (self) => drawThresholds(self, spec)],
        draw: [(self) => drawMarks(self, data.marks, namedColour('red', spec.scheme))],
        setCursor: [
          (self) => {
            const { idx, left = -1, top = -1 } = self.cursor;
            if (left < 0 || idx === null || idx === undefined) return onCursor(undefined);
            const isHere = top >= 0 && self.over.matches(':hover');
            onCursor({ index: idx, left, top, value: self.posToVal(top, 'y'), isHere });
          },
        ],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width < minZoomPixels) return;
            const at = (pixels: number) => Math.round(self.posToVal(pixels, 'x') * 1_000);
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            onZoom(at(left), at(left + width));
          },
        ],
      },
    },
    plotData(spec, data),
    place,
  );

  return {
    update(newer) {
      data = newer;
      plot.setData(plotData(spec, newer));
    },
    resize(width, height) {
      if (width > 0 && height > 0 && (width !== plot.width || height !== plot.height)) plot.setSize({ width, height });
    },
    destroy: () => plot.destroy(),
  };
}

function plotSeries({ colour, width, fill, isDashed, isShown }: ChartSeries, isBars: boolean): uPlot.Series {
  return {
    show: isShown,
    stroke: colour,
    width: isBars ? 0 : width,
    points: { show: true, filter: lonelyPoints, size: 4, fill: colour },
    ...(fill > 0 ? { fill: translucent(colour, fill) } : {}),
    ...(isDashed ? { dash: [6, 4] } : {}),
    ...(isBars ? { paths: uPlot.paths.bars?.({ size: [0.7, 40] }) as uPlot.Series.PathBuilder } : {}),
  };
}

/** Shows a point for a value between two gaps, which has no line. */
function lonelyPoints(self: uPlot, seriesIndex: number): number[] {
  return lonelyIndexes(self.data[seriesIndex] ?? []);
}

/** Fills between each stacked series and the one below. */
function stackBands(series: readonly ChartSeries[]): uPlot.Band[] {
  const stacked = stackedIndexes(series).map((index) => index + 1);
  return stacked.slice(1).map((above, index) => ({ series: [above, stacked[index] as number] as [number, number] }));
}

function plotData({ series }: ChartSpec, { times, columns }: ChartData): uPlot.AlignedData {
  return [times as number[], ...drawnColumns(series, columns)];
}

/**
 * Returns the panel's bounds where it has them. Otherwise positive values start at zero, and a flat line gets some room.
 */
function valueRange(
  { min: wantedMin, max: wantedMax }: Axes,
  min: number | null,
  max: number | null,
): uPlot.Range.MinMax {
  const [low, high] = [min ?? 0, max ?? 1];
  const floor = wantedMin ?? (low >= 0 ? 0 : low - (high - low) * 0.05);
  const reach = Math.max(high, floor);
  const ceiling = wantedMax ?? (reach === floor ? floor + 1 : reach + (reach - floor) * 0.08);
  return [floor, ceiling];
}

interface Ink {
  readonly text: string;
  readonly grid: string;
}

const font =
  '11px -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif';
const minute = 60;
const hour = 3_600;
const day = 86_400;

function chartAxes({ unit }: Axes, { text, grid }: Ink): uPlot.Axis[] {
  const format = formatterOf(unit);
  const look = { stroke: text, font, ticks: { show: false }, grid: { stroke: grid, width: 1 } };
  return [
    { ...look, size: 24, gap: 4, space: 72, values: (_, splits) => timeTexts(splits) },
    {
      ...look,
      size: valueAxisSize,
      gap: 6,
      space: 30,
      ...(isBinary(unit) ? { incrs: binarySteps } : {}),
      values: (_, splits) => valueTexts(splits, format),
    },
  ];
}

/** Axis steps of bytes: powers of two, such as 1, 2 or 4 MiB. */
const binarySteps = Array.from({ length: 62 }, (_, power) => 2 ** power);

function isBinary(unit: string | undefined): boolean {
  return ['bytes', 'bits', 'binBps'].includes(unit ?? '');
}

/** Formats all splits with the same number of decimals, as many as the finest split needs in its unit. */
function valueTexts(splits: readonly number[], format: (value: number, decimals?: number) => string): string[] {
  for (let decimals = 0; decimals < 4; decimals += 1) {
    const texts = splits.map((value) => format(value, decimals));
    const exact = splits.every((value, index) => isExact(texts[index] as string, format(value, 4)));
    if (exact && new Set(texts).size === texts.length) return texts;
  }
  return splits.map((value) => format(value));
}

function isExact(text: string, finer: string): boolean {
  return Math.abs(Number.parseFloat(text) - Number.parseFloat(finer)) < 1e-3;
}

function timeTexts(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  const two = (value: number) => String(value).padStart(2, '0');
  return splits.map((seconds) => {
    const date = new Date(seconds * 1_000);
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
    const dayText = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    if (step >= day) return dayText;
    if (step >= 6 * hour) return clock === '00:00' ? dayText : `${dayText} ${clock}`;
    if (step >= minute) return clock === '00:00' ? dayText : clock;
    return `${clock}:${two(date.getSeconds())}`;
  });
}

/** Returns the width of the widest value. */
function valueAxisSize(self: uPlot, values: string[] | null, axisIndex: number, cycle: number): number {
  const axis = self.axes[axisIndex] as uPlot.Axis & { _size?: number };
  if (cycle > 1) return axis._size ?? 50;
  const longest = (values ?? []).reduce((longer, text) => (text.length > longer.length ? text : longer), '');
  self.ctx.font = font;
  return Math.max(34, Math.ceil(self.ctx.measureText(longest).width) + 14);
}
