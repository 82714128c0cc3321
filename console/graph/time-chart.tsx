/** A chart of lines with a legend, a threshold and highlighted periods. */
import { useMemo } from 'preact/hooks';
import { Chart, type Zoom } from '../charts/chart.tsx';
import type { ChartSpan } from '../charts/chart-data.ts';
import { seriesColour } from '../charts/colours.ts';
import { reducerOf } from '../charts/reduce.ts';
import type { TimeRange } from '../dashboard/interval.ts';
import { useServices, useStore } from '../hooks/services.ts';
import type { GraphLine, GraphLines } from './lines.ts';

/** Props shared by the graphs of expressions and of the history of alerts. */
export interface GraphProps extends Zoom {
  readonly range: TimeRange;
  /** Format name of the page. */
  readonly unit: string;
  readonly threshold?: number | undefined;
  readonly spans?: readonly ChartSpan[];
}

interface TimeChartProps extends GraphProps {
  /** Name of the expression or metric, for screen readers. */
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
  const { theme } = useServices();
  const scheme = useStore(theme.scheme);
  const lines = useMemo(() => {
    const look = { width: 1.5, fill: graph.lines.length === 1 ? 0.1 : 0, isDashed: false, isStacked: false };
    return graph.lines.map(({ name, column }, index) => ({
      ...look,
      name,
      column,
      colour: seriesColour(index, scheme),
    }));
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

/** Extends the value axis to the threshold if no value reaches it. */
function boundsFor(lines: readonly GraphLine[], threshold: number | undefined) {
  const values = lines.flatMap(({ column }) => [reducerOf('min')(column), reducerOf('max')(column)]);
  const known = values.filter((value) => value !== undefined);
  const isAbove = threshold !== undefined && threshold > Math.max(...known);
  const isBelow = threshold !== undefined && threshold < Math.min(0, ...known);
  return { min: isBelow ? threshold * 1.08 : undefined, max: isAbove && threshold > 0 ? threshold * 1.08 : undefined };
}
