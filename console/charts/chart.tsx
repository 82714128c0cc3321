/** A time series chart, drawn by uPlot, with its tooltip and its legend. The chart takes the size of its container. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { Column } from '../api/promql.ts';
import type { TimeRange } from '../dashboard/interval.ts';
import type { Mark } from '../dashboard/queries/panel-queries.ts';
import { formatTime } from '../format/times.ts';
import { formatterOf } from '../format/units.ts';
import { createStore, type Store } from '../state/store.ts';
import {
  type ChartCursor,
  type ChartData,
  type ChartSeries,
  type ChartSpan,
  type ChartSpec,
  drawnColumns,
  lonelyIndexes,
  stackedIndexes,
  timeTexts,
  toggleSeries,
  tryDataStart,
  type Visibility,
  valueRange,
  valueTexts,
} from './chart-data.ts';
import { chartColours, namedColour, translucent } from './colours.ts';
import { Legend, type LegendSettings } from './legend.tsx';
import { drawMarks, drawSpans, drawThresholds } from './overlays.ts';
import { Tooltip } from './tooltip.tsx';

export interface Zoom {
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

export interface ChartLine extends Omit<ChartSeries, 'isShown'> {
  readonly column: Column;
}

interface ChartProps extends Zoom {
  /** The name that screen readers announce: that of the panel, the expression or the metric. */
  readonly title: string;
  readonly settings: Omit<ChartSpec, 'series'>;
  /** Epoch seconds. */
  readonly times: readonly number[];
  /** Keep their identity until they change. */
  readonly lines: readonly ChartLine[];
  readonly range: TimeRange;
  readonly marks?: readonly Mark[];
  readonly spans?: readonly ChartSpan[];
  /** Charts with the same key share their cursor. */
  readonly syncKey: string;
  /** Undefined: no legend. */
  readonly legend: LegendSettings | undefined;
  readonly class: string;
  /** Shown instead of a chart without lines. */
  readonly empty?: ComponentChildren;
  /** Shown below the legend. */
  readonly children?: ComponentChildren;
}

const noMarks: readonly Mark[] = [];

export function Chart(props: ChartProps) {
  const { title, settings, times, lines, range, marks = noMarks, spans, syncKey, legend, onZoom, onZoomOut } = props;
  const { fromMs, toMs } = range;
  const [shown, setShown] = useState<Visibility>(undefined);
  const series = lines.map(({ column: _column, ...line }) => ({ ...line, isShown: shown?.has(line.name) !== false }));
  const data = useMemo(
    () => ({
      times,
      columns: lines.map(({ column }) => column),
      from: fromMs / 1_000,
      to: toMs / 1_000,
      marks,
      ...(spans === undefined ? {} : { spans }),
    }),
    [times, lines, fromMs, toMs, marks, spans],
  );
  if (lines.length === 0) return <>{props.empty}</>;
  const all = lines.map(({ name }) => name);
  const format = formatterOf(settings.unit);
  return (
    <div class={props.class}>
      <Canvas
        spec={{ ...settings, series }}
        data={data}
        syncKey={syncKey}
        description={`${title}: ${all.length} series from ${formatTime(fromMs)} to ${formatTime(toMs)}`}
        onZoom={onZoom}
        onZoomOut={onZoomOut}
      />
      {legend === undefined ? null : (
        <Legend
          {...legend}
          entries={lines.map((line, index) => ({ ...line, isShown: series[index]?.isShown !== false }))}
          format={(value) => format(value, settings.decimals)}
          onToggle={(name, how) => setShown(toggleSeries(shown, { name, how, all }))}
        />
      )}
      {props.children}
    </div>
  );
}

interface CanvasProps extends Zoom {
  readonly spec: ChartSpec;
  readonly data: ChartData;
  readonly syncKey: string;
  /** For screen readers. */
  readonly description: string;
}

function Canvas(props: CanvasProps) {
  const { spec, data, syncKey, description } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const newest = useRef(props);
  newest.current = props;
  const [cursor] = useState(() => createStore<ChartCursor | undefined>(undefined));
  const key = JSON.stringify(spec);
  const dataStart = useMemo(() => tryDataStart(data), [data]);
  const drawn = useRef(data);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    drawn.current = newest.current.data;
    const size = { width: Math.max(element.clientWidth, 50), height: Math.max(element.clientHeight, 50) };
    const options = plotOptions({ spec, syncKey, cursor, drawn, newest });
    const made = new uPlot({ ...options, ...size }, plotData(spec, drawn.current), element);
    plot.current = made;
    const sizes = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width > 0 && height > 0 && (width !== made.width || height !== made.height)) made.setSize({ width, height });
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = undefined;
      cursor.set(undefined);
    };
  }, [key, syncKey]);

  useEffect(() => {
    if (drawn.current === data) return;
    drawn.current = data;
    plot.current?.setData(plotData(spec, data));
  }, [data]);

  return (
    <div class="chart" role="img" aria-label={dataStart === undefined ? description : `${description}; ${dataStart}`}>
      <div class="chart-canvas" ref={place} />
      {dataStart === undefined ? null : <span class="chart-data-start">{dataStart}</span>}
      <Tooltip cursor={cursor} spec={spec} data={data} />
    </div>
  );
}

interface PlotContext extends Pick<CanvasProps, 'spec' | 'syncKey'> {
  readonly cursor: Store<ChartCursor | undefined>;
  /** The data on the canvas. */
  readonly drawn: { readonly current: ChartData };
  readonly newest: { readonly current: Zoom };
}

/** A shorter drag is a click. */
const minZoomPixels = 6;

function plotOptions({ spec, syncKey, cursor, drawn, newest }: PlotContext): Omit<uPlot.Options, 'width' | 'height'> {
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
    bands: stackBands(spec.series),
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

/** Fills between each stacked series and the one below. */
function stackBands(series: readonly ChartSeries[]): uPlot.Band[] {
  const stacked = stackedIndexes(series).map((index) => index + 1);
  return stacked.slice(1).map((above, index) => ({ series: [above, stacked[index] as number] as [number, number] }));
}

function plotData({ series }: ChartSpec, { times, columns }: ChartData): uPlot.AlignedData {
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
