/** Draws time series as a line chart with legend, threshold and highlighted periods. Also queries and draws a PromQL expression. */
import { useMemo } from 'preact/hooks';
import type { Labels } from '../api/promql.ts';
import { Chart } from '../charts/chart.tsx';
import type { ChartSpan } from '../charts/chart-data.ts';
import type { Zoom } from '../charts/plot.ts';
import { reducerOf } from '../charts/reduce.ts';
import { Loading, ProblemNote } from '../components/notices.tsx';
import { type TimeRange } from '../dashboard/model.ts';
import { seriesColour, slotColour } from '../format/colours.ts';
import { useData, useServices, useStore } from '../hooks/services.ts';
import { type GraphLine, type GraphLines, graphGrid, includesLabels, linesOf } from './lines.ts';

/** Props shared by the graphs of expressions and of the history of alerts. */
export interface GraphProps extends Zoom {
  readonly range: TimeRange;
  /** Format name of the page. */
  readonly unit: string;
  readonly threshold?: number | undefined;
  readonly spans?: readonly ChartSpan[];
}

interface TimeChartProps extends GraphProps {
  /** The name that screen readers announce: the expression or the metric. */
  readonly title: string;
  readonly graph: GraphLines;
}

const legend = {
  display: 'table',
  placement: 'bottom',
  calcs: ['min', 'mean', 'max', 'lastNotNull'],
  sortBy: undefined,
  isDescending: false,
} as const;

export function TimeChart({ graph, unit, threshold, ...rest }: TimeChartProps) {
  const { theme, hostColours } = useServices();
  const scheme = useStore(theme.scheme);
  const lines = useMemo(() => {
    const look = { width: 1.5, fill: graph.lines.length === 1 ? 0.1 : 0, isDashed: false, isStacked: false };
    const hosts = tryHostsOf(graph.lines);
    const slots = hostColours.slotsOf(hosts ?? []);
    return graph.lines.map(({ name, column, labels }, index) => {
      const slot = hosts === undefined ? undefined : slots.get(hosts[index] ?? '');
      const colour = slot === undefined ? seriesColour(index, scheme) : slotColour(slot, scheme);
      return { ...look, name, owner: name, host: labels['instance'], column, colour };
    });
  }, [graph, scheme]);
  const bounds = useMemo(() => boundsFor(graph.lines, threshold), [graph, threshold]);
  return (
    <Chart
      class="time-chart"
      settings={{
        unit,
        decimals: undefined,
        ...bounds,
        scheme,
        isBars: false,
        thresholds: threshold === undefined ? [] : [{ from: threshold, colour: 'red' }],
        thresholdStyle: threshold === undefined ? 'off' : 'line',
      }}
      times={graph.times}
      lines={lines}
      syncKey="graph"
      legend={legend}
      {...rest}
    >
      {graph.hiddenCount === 0 ? null : <p class="secondary">{graph.hiddenCount} more series not drawn</p>}
    </Chart>
  );
}

/** Returns the host of each line. Undefined unless each line is a host: further lines of a host need other colours. */
function tryHostsOf(lines: readonly GraphLine[]): readonly string[] | undefined {
  const hosts = lines.flatMap(({ labels }) => labels['instance'] ?? []);
  return new Set(hosts).size === lines.length ? hosts : undefined;
}

/** Extends the value axis to the threshold if no value reaches it. */
function boundsFor(lines: readonly GraphLine[], threshold: number | undefined) {
  const values = lines.flatMap(({ column }) => [reducerOf('min')(column), reducerOf('max')(column)]);
  const known = values.filter((value) => value !== undefined);
  const isAbove = threshold !== undefined && threshold > Math.max(...known);
  const isBelow = threshold !== undefined && threshold < Math.min(0, ...known);
  return { min: isBelow ? threshold * 1.08 : undefined, max: isAbove && threshold > 0 ? threshold * 1.08 : undefined };
}

interface ExpressionGraphProps extends GraphProps {
  readonly expr: string;
  /** Labels of an alert: only the series that the alert can come from are drawn. */
  readonly only?: Labels;
}

/** Shows Prometheus' message for an invalid expression. */
export function ExpressionGraph({ expr, only, ...rest }: ExpressionGraphProps) {
  const { promql } = useServices();
  const { fromMs, toMs } = rest.range;
  const grid = useMemo(() => graphGrid({ fromMs, toMs }), [fromMs, toMs]);
  const { data, error } = useData(JSON.stringify([expr, grid]), async (signal) => ({
    grid,
    series: await promql.range({ query: expr, ...grid }, { signal }),
  }));
  const graph = useMemo(() => {
    const own = data?.series.filter(({ metric }) => only === undefined || includesLabels(only, metric)) ?? [];
    return data === undefined ? undefined : linesOf(own, data.grid);
  }, [data, only]);
  if (error !== undefined) return <ProblemNote title="Query failed" error={error} />;
  if (graph === undefined) return <Loading what="the graph" />;
  if (graph.lines.length === 0)
    return (
      <p class="card empty-note">
        No data in this time range: no series matches, or its samples are past their retention.
      </p>
    );
  return <TimeChart title={expr} graph={graph} {...rest} />;
}
