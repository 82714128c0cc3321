/** The graph of a PromQL expression over a range. Shows Prometheus' message for an invalid expression. */
import { useMemo } from 'preact/hooks';
import type { Labels } from '../api/promql.ts';
import { Loading, ProblemNote } from '../components/notices.tsx';
import { useServices } from '../hooks/services.ts';
import { useData } from '../hooks/use-data.ts';
import { graphGrid, includesLabels, linesOf } from './lines.ts';
import { type GraphProps, TimeChart } from './time-chart.tsx';

interface ExpressionGraphProps extends GraphProps {
  readonly expr: string;
  /** Labels of an alert: only the series that the alert can come from are drawn. */
  readonly only?: Labels;
}

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
