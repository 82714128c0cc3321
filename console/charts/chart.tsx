/** Renders a time series chart, drawn by uPlot, with its tooltip and its legend. The chart takes the size of its container. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { Column } from '../api/promql.ts';
import { type TimeRange } from '../dashboard/model.ts';
import { type Mark } from '../dashboard/queries/marks.ts';
import { type ColourScheme, chartColours, translucent } from '../format/colours.ts';
import { formatTime, formatterOf } from '../format/values.ts';
import { createStore } from '../state/store.ts';
import {
  type ChartCursor,
  type ChartData,
  type ChartSeries,
  type ChartSpan,
  type ChartSpec,
  dataStartText,
  marksOfHosts,
  toggleSeries,
  tryCondense,
  tryFirstTime,
  type Visibility,
} from './chart-data.ts';
import { Legend, type LegendSettings } from './legend.tsx';
import { plotData, plotOptions, type Zoom } from './plot.ts';
import { Tooltip } from './tooltip.tsx';

export interface ChartLine extends Omit<ChartSeries, 'isShown' | 'isSummary'> {
  readonly column: Column;
  /** Name of the line whose peaks this line shows. For other lines, the name of the line itself. */
  readonly owner: string;
  readonly host: string | undefined;
}

interface ChartProps extends Zoom {
  /** The name that screen readers announce: the title of the panel, the expression or the metric. */
  readonly title: string;
  readonly settings: Omit<ChartSpec, 'series' | 'bands'>;
  /** Epoch seconds. */
  readonly times: readonly number[];
  /** Keep their identity until they change. */
  readonly lines: readonly ChartLine[];
  readonly range: TimeRange;
  readonly marks?: readonly Mark[];
  readonly spans?: readonly ChartSpan[];
  /** Charts with the same key share their cursor. */
  readonly syncKey: string;
  /** Exact start of the data, perhaps not known yet. Undefined: the time of the first value. */
  readonly dataStartMs?: number | 'pending' | undefined;
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
  const { title, settings, times, range, marks = noMarks, spans, syncKey, legend, onZoom, onZoomOut } = props;
  const { fromMs, toMs } = range;
  const [shown, setShown] = useState<Visibility>(undefined);
  const [isWhole, setWhole] = useState(false);
  const condensed = useMemo(() => tryCondense(props.lines), [props.lines]);
  const { lines, bands } = useMemo(
    () => drawnLines(props.lines, isWhole ? undefined : condensed, settings.scheme),
    [props.lines, condensed, isWhole, settings.scheme],
  );
  const series = lines.map(({ column: _column, owner: _owner, host: _host, ...line }) => ({
    ...line,
    isShown: shown?.has(line.name) !== false,
  }));
  const visible = lines.filter(({ name }) => shown?.has(name) !== false).map(({ host }) => host);
  const hosts = JSON.stringify(visible);
  const data = useMemo(
    () => ({
      times,
      columns: lines.map(({ column }) => column),
      from: fromMs / 1_000,
      to: toMs / 1_000,
      marks: marksOfHosts(marks, visible),
      ...(spans === undefined ? {} : { spans }),
    }),
    [times, lines, fromMs, toMs, marks, spans, hosts],
  );
  if (lines.length === 0) return <>{props.empty}</>;
  const all = lines.map(({ name }) => name);
  const format = formatterOf(settings.unit);
  const count = condensed === undefined ? `${all.length} series` : `${condensed.count} ${condensed.what}`;
  return (
    <div class={props.class}>
      <Canvas
        spec={{ ...settings, series, bands }}
        data={data}
        dataStartMs={props.dataStartMs}
        syncKey={syncKey}
        description={`${title}: ${count} from ${formatTime(fromMs)} to ${formatTime(toMs)}`}
        onZoom={onZoom}
        onZoomOut={onZoomOut}
      />
      {legend === undefined ? null : (
        <Legend
          {...legend}
          entries={lines.map((line, index) => ({ ...line, isShown: series[index]?.isShown !== false }))}
          format={(value) => format(value, settings.decimals)}
          onToggle={(name, how) => setShown(toggleSeries(shown, { name, how, all }))}
        >
          {condensed === undefined ? undefined : (
            <button
              type="button"
              class="legend-more"
              onClick={() => {
                setShown(undefined);
                setWhole(!isWhole);
              }}
            >
              {isWhole ? 'Show the highest 10' : `Highest 10. Show all ${condensed.count} ${condensed.what}`}
            </button>
          )}
        </Legend>
      )}
      {props.children}
    </div>
  );
}

/** Returns the highest lines below the quantiles of all lines, or all lines. */
function drawnLines(
  lines: readonly ChartLine[],
  condensed: ReturnType<typeof tryCondense<ChartLine>>,
  scheme: ColourScheme,
) {
  if (condensed === undefined) return { lines: lines.map((line) => ({ ...line, isSummary: false })), bands: [] };
  const { highest, median, upper, lower } = condensed;
  const colour = chartColours[scheme].text;
  const look = { host: undefined, colour, fill: 0, isStacked: false, isSummary: true };
  const quantiles = [
    { ...upper, ...look, owner: upper.name, width: 0.5, isDashed: false },
    { ...lower, ...look, owner: lower.name, width: 0.5, isDashed: false },
    { ...median, ...look, owner: median.name, width: 2, isDashed: false },
  ];
  return {
    lines: [...quantiles, ...highest.map((line) => ({ ...line, fill: 0, isSummary: false }))],
    bands: [{ upper: upper.name, lower: lower.name, colour: translucent(colour, 0.18) }],
  };
}

interface CanvasProps extends Zoom {
  readonly spec: ChartSpec;
  readonly data: ChartData;
  readonly dataStartMs: number | 'pending' | undefined;
  readonly syncKey: string;
  /** For screen readers. */
  readonly description: string;
}

function Canvas(props: CanvasProps) {
  const { spec, data, syncKey, description, dataStartMs } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const newest = useRef(props);
  newest.current = props;
  const [cursor] = useState(() => createStore<ChartCursor | undefined>(undefined));
  const key = JSON.stringify(spec);
  const firstTime = useMemo(() => tryFirstTime(data), [data]);
  const dataStart =
    firstTime === undefined || dataStartMs === 'pending'
      ? undefined
      : dataStartText(dataStartMs ?? firstTime * 1_000, Date.now());
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

  const marks = data.marks.length === 0 ? undefined : `alerts started: ${data.marks.length}`;
  const label = [description, marks, dataStart].filter((each) => each !== undefined).join('; ');
  return (
    <div class="chart" role="img" aria-label={label}>
      <div class="chart-canvas" ref={place} />
      {dataStart === undefined ? null : <span class="chart-data-start">{dataStart}</span>}
      <Tooltip cursor={cursor} spec={spec} data={data} />
    </div>
  );
}
