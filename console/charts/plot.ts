/** Creates the options and data of uPlot for a chart, and draws the overlays: highlighted periods, thresholds, and marks of alerts. */
import uPlot from 'uplot';
import { type Mark } from '../dashboard/queries/marks.ts';
import { type ColourScheme, chartColours, namedColour, translucent } from '../format/colours.ts';
import { formatterOf, timeTexts, valueTexts } from '../format/values.ts';
import type { Store } from '../state/store.ts';
import {
  type ChartCursor,
  type ChartData,
  type ChartSeries,
  type ChartSpan,
  type ChartSpec,
  drawnColumns,
  lonelyIndexes,
  stackedIndexes,
  valueRange,
} from './chart-data.ts';

export interface Zoom {
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

interface PlotContext {
  readonly spec: ChartSpec;
  /** Charts with the same key share their cursor. */
  readonly syncKey: string;
  readonly cursor: Store<ChartCursor | undefined>;
  /** The data on the canvas. */
  readonly drawn: { readonly current: ChartData };
  readonly newest: { readonly current: Zoom };
}

/** A shorter drag is a click. */
const minZoomPixels = 6;

export function plotOptions({
  spec,
  syncKey,
  cursor,
  drawn,
  newest,
}: PlotContext): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    padding: [8, 18, 0, 0],
    legend: { show: false },
    focus: { alpha: 1 },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      sync: { key: syncKey, setSeries: false, scales: ['x', null] },
      points: { size: 7, width: 2 },
      bind: {
        dblclick: () => () => {
          newest.current.onZoomOut();
          return null;
        },
      },
    },
    scales: {
      x: { time: true, range: () => [drawn.current.from, drawn.current.to] },
      y: { range: (_, min, max) => valueRange(spec, min, max) },
    },
    axes: plotAxes(spec),
    series: [{}, ...spec.series.map((series) => plotSeries(series, spec.isBars))],
    bands: [...stackBands(spec.series), ...spreadBands(spec)],
    hooks: {
      drawClear: [
        (self) => drawSpans(self, drawn.current.spans ?? [], spec.scheme),
        (self) => drawThresholds(self, spec),
      ],
      draw: [(self) => drawMarks(self, drawn.current.marks, namedColour('red', spec.scheme))],
      setCursor: [
        (self) => {
          const { idx, left = -1, top = -1 } = self.cursor;
          if (left < 0 || idx === null || idx === undefined) return cursor.set(undefined);
          const isHere = top >= 0 && self.over.matches(':hover');
          cursor.set({ index: idx, left, top, value: self.posToVal(top, 'y'), isHere });
        },
      ],
      setSelect: [
        (self) => {
          const { left, width } = self.select;
          if (width < minZoomPixels) return;
          const at = (pixels: number) => Math.round(self.posToVal(pixels, 'x') * 1_000);
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          newest.current.onZoom(at(left), at(left + width));
        },
      ],
    },
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

/** Fills the area between each stacked series and the series below. */
function stackBands(series: readonly ChartSeries[]): uPlot.Band[] {
  const stacked = stackedIndexes(series).map((index) => index + 1);
  return stacked.slice(1).map((above, index) => ({ series: [above, stacked[index] as number] as [number, number] }));
}

/** Fills the area between two series when both are visible. */
function spreadBands({ series, bands }: ChartSpec): uPlot.Band[] {
  const indexOf = (wanted: string) => series.findIndex(({ name, isShown }) => name === wanted && isShown) + 1;
  return bands
    .map(({ upper, lower, colour }): uPlot.Band => ({ series: [indexOf(upper), indexOf(lower)], fill: colour }))
    .filter(({ series: [above, below] }) => above > 0 && below > 0);
}

export function plotData({ series }: ChartSpec, { times, columns }: ChartData): uPlot.AlignedData {
  return [times as number[], ...drawnColumns(series, columns)];
}

const font =
  '11px -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif';

/** Axis steps of bytes: powers of two, such as 1, 2 or 4 MiB. */
const binarySteps = Array.from({ length: 62 }, (_, power) => 2 ** power);

function plotAxes({ unit = '', scheme }: ChartSpec): uPlot.Axis[] {
  const format = formatterOf(unit);
  const { text, grid } = chartColours[scheme];
  const look = { stroke: text, font, ticks: { show: false }, grid: { stroke: grid, width: 1 } };
  return [
    { ...look, size: 24, gap: 4, space: 72, values: (_, splits) => timeTexts(splits) },
    {
      ...look,
      size: valueAxisSize,
      gap: 6,
      space: 30,
      ...(['bytes', 'bits', 'binBps'].includes(unit) ? { incrs: binarySteps } : {}),
      values: (_, splits) => valueTexts(splits, format),
    },
  ];
}

/** Returns the width of the widest value. */
function valueAxisSize(self: uPlot, values: string[] | null, axisIndex: number, cycle: number): number {
  const axis = self.axes[axisIndex] as uPlot.Axis & { _size?: number };
  if (cycle > 1) return axis._size ?? 50;
  const longest = (values ?? []).reduce((longer, text) => (text.length > longer.length ? text : longer), '');
  self.ctx.font = font;
  return Math.max(34, Math.ceil(self.ctx.measureText(longest).width) + 14);
}

/** Draws a line at each threshold, or fills the area above it. */
function drawThresholds(plot: uPlot, { thresholds, thresholdStyle, scheme }: ChartSpec): void {
  if (thresholdStyle === 'off') return;
  const { ctx, bbox } = plot;
  const { min = 0, max = 1 } = plot.scales['y'] ?? {};
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [index, { from, colour }] of thresholds.entries()) {
    if (from === -Infinity || from > max || from < min) continue;
    const y = Math.round(plot.valToPos(from, 'y', true));
    const shown = namedColour(colour, scheme);
    if (thresholdStyle === 'area') {
      const next = Math.min(thresholds[index + 1]?.from ?? max, max);
      const top = plot.valToPos(next, 'y', true);
      ctx.fillStyle = translucent(shown, 0.12);
      ctx.fillRect(bbox.left, top, bbox.width, y - top);
    }
    ctx.strokeStyle = translucent(shown, 0.8);
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** The lines of more marks would hide the data. */
const maxMarkLines = 6;

/** Draws a small triangle at the start of each alert, and a thin line if the marks are few. */
function drawMarks(plot: uPlot, marks: readonly Mark[], colour: string): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales['x'] ?? {};
  const unit = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.strokeStyle = translucent(colour, 0.7);
  ctx.fillStyle = colour;
  ctx.lineWidth = unit;
  ctx.setLineDash([3 * unit, 3 * unit]);
  const visible = marks.filter(({ timeMs }) => timeMs / 1_000 >= min && timeMs / 1_000 <= max);
  if (visible.length > maxMarkLines) ctx.strokeStyle = translucent(colour, 0.2);
  for (const { timeMs } of visible) {
    const x = Math.round(plot.valToPos(timeMs / 1_000, 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - 4 * unit, bottom);
    ctx.lineTo(x + 4 * unit, bottom);
    ctx.lineTo(x, bottom - 6 * unit);
    ctx.fill();
  }
  ctx.restore();
}

function drawSpans(plot: uPlot, spans: readonly ChartSpan[], scheme: ColourScheme): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales['x'] ?? {};
  const at = (time: number) => plot.valToPos(Math.min(Math.max(time, min), max), 'x', true);
  ctx.save();
  for (const { from, to = max, colour } of spans) {
    if (to < min || from > max) continue;
    const shown = namedColour(colour, scheme);
    const [left, right] = [at(from), at(to)];
    ctx.fillStyle = translucent(shown, 0.13);
    ctx.fillRect(left, bbox.top, Math.max(right - left, devicePixelRatio), bbox.height);
    ctx.fillStyle = translucent(shown, 0.7);
    for (const time of [from, to])
      if (time > min && time < max) ctx.fillRect(Math.round(at(time)), bbox.top, devicePixelRatio, bbox.height);
  }
  ctx.restore();
}
