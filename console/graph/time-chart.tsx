/** A chart of lines with a legend, a threshold and highlighted periods. */
import { useMemo, useState } from 'preact/hooks';
import { type ChartSpan, type ChartSpec, toggleSeries, type Visibility } from '../charts/chart-spec.ts';
import { ChartView } from '../charts/chart-view.tsx';
import { type ColourScheme, seriesColour } from '../charts/colours.ts';
import { Legend } from '../charts/legend.tsx';
import { reducerOf } from '../charts/reduce.ts';
import type { TimeRange } from '../dashboard/interval.ts';
import { formatTime } from '../format/times.ts';
import { formatterOf } from '../format/units.ts';
import { useServices, useStore } from '../hooks/services.ts';
import type { GraphLine, GraphLines } from './lines.ts';

interface TimeChartProps {
  /** Name of the expression or metric, for screen readers. */
  readonly title: string;
  readonly graph: GraphLines;
  readonly range: TimeRange;
  /** Format name of the page. */
  readonly unit: string;
  readonly threshold?: number | undefined;
  readonly spans?: readonly ChartSpan[];
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onZoomOut: () => void;
}

const noSpans: readonly ChartSpan[] = [];

export function TimeChart({
  title,
  graph,
  range,
  unit,
  threshold,
  spans = noSpans,
  onZoom,
  onZoomOut,
}: TimeChartProps) {
  const { theme } = useServices();
  const scheme = useStore(theme.scheme);
  const [shown, setShown] = useState<Visibility>(undefined);
  const spec = useMemo(
    () => specOf({ lines: graph.lines, unit, threshold, shown, scheme }),
    [graph, unit, threshold, shown, scheme],
  );
  const data = useMemo(
    () => ({
      times: graph.times,
      columns: graph.lines.map(({ column }) => column),
      from: range.fromMs / 1_000,
      to: range.toMs / 1_000,
      marks: [],
      spans,
    }),
    [graph, range.fromMs, range.toMs, spans],
  );
  const names = graph.lines.map(({ name }) => name);
  const format = formatterOf(unit);
  return (
    <div class="time-chart">
      <ChartView
        spec={spec}
        data={data}
        syncKey="graph"
        description={`${title}: ${names.length} series from ${formatTime(range.fromMs)} to ${formatTime(range.toMs)}`}
        onZoom={onZoom}
        onZoomOut={onZoomOut}
      />
      <Legend
        display="table"
        placement="bottom"
        sortBy={undefined}
        isDescending={false}
        calcs={['min', 'mean', 'max', 'lastNotNull']}
        entries={graph.lines.map(({ name, column }, index) => ({
          name,
          column,
          colour: seriesColour(index, scheme),
          isShown: shown?.has(name) !== false,
        }))}
        format={(value) => format(value)}
        onToggle={(name, how) => setShown(toggleSeries(shown, { name, how, all: names }))}
      />
      {graph.hiddenCount === 0 ? null : <p class="secondary">{graph.hiddenCount} more series not drawn</p>}
    </div>
  );
}

/** Extends the value axis to the threshold if no value reaches it. */
function boundsFor(lines: readonly GraphLine[], threshold: number | undefined) {
  const values = lines.flatMap(({ column }) => [reducerOf('min')(column), reducerOf('max')(column)]);
  const known = values.filter((value) => value !== undefined);
  const isAbove = threshold !== undefined && threshold > Math.max(...known);
  const isBelow = threshold !== undefined && threshold < Math.min(0, ...known);
  return { min: isBelow ? threshold * 1.08 : undefined, max: isAbove && threshold > 0 ? threshold * 1.08 : undefined };
}

interface Form {
  readonly lines: readonly GraphLine[];
  readonly unit: string;
  readonly threshold: number | undefined;
  readonly shown: Visibility;
  readonly scheme: ColourScheme;
}

function specOf({ lines, unit, threshold, shown, scheme }: Form): ChartSpec {
  return {
    unit,
    decimals: undefined,
    ...boundsFor(lines, threshold),
    scheme,
    isBars: false,
    thresholds: threshold === undefined ? [] : [{ from: threshold, colour: 'red' }],
    thresholdStyle: threshold === undefined ? 'off' : 'line',
    series: lines.map(({ name }, index) => ({
      name,
      colour: seriesColour(index, scheme),
      width: 1.5,
      fill: lines.length === 1 ? 0.1 : 0,
      isDashed: false,
      isStacked: false,
      isShown: shown?.has(name) !== false,
    })),
  };
}
