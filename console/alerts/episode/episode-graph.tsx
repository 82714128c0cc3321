/**
 * Renders the alert's value over time, with the threshold and the firing period. Queries the rule's expression while raw samples
 * exist; later, and for sessions bound to a host, draws the metric's history, which has a longer retention.
 */
import { useMemo } from 'preact/hooks';
import { metricByName } from '../../../common/catalogue/metrics.ts';
import type { Episode } from '../../api/alerts.ts';
import type { ChartSpan } from '../../charts/chart-data.ts';
import { Loading, ProblemNote } from '../../components/notices.tsx';
import { type History, includesLabels, linesOfHistory } from '../../graph/lines.ts';
import { ExpressionGraph, type GraphProps, TimeChart } from '../../graph/time-chart.tsx';
import { type Session, useGet } from '../../hooks/services.ts';
import { formatOf, thresholdOf, unitOf } from '../alert-value.ts';

interface EpisodeGraphProps extends Pick<GraphProps, 'range' | 'onZoom' | 'onZoomOut'> {
  readonly episode: Episode;
  readonly session: Session;
  readonly nowMs: number;
}

/** Retention of raw samples. */
const rawMs = 24 * 3_600_000;

export function EpisodeGraph({ episode, session, range, nowMs, ...zoom }: EpisodeGraphProps) {
  const { labels, annotations, severity, starts_at, ends_at } = episode;
  const spans = useMemo<readonly ChartSpan[]>(() => {
    const to = ends_at === undefined ? undefined : Date.parse(ends_at) / 1_000;
    return [{ from: Date.parse(starts_at) / 1_000, to, colour: severity === 'critical' ? 'red' : 'orange' }];
  }, [starts_at, ends_at, severity]);
  const drawn = { range, unit: formatOf(unitOf(episode)), threshold: thresholdOf(episode), spans, ...zoom };
  const { expr } = annotations;
  const hasHistory = metricByName(labels['metric'] ?? '') !== undefined && episode.host !== undefined;
  const isOld = range.fromMs < nowMs - rawMs;
  if (hasHistory && (isOld || session.host !== undefined || expr === undefined))
    return <HistoryGraph episode={episode} {...drawn} />;
  if (session.host !== undefined)
    return <p class="card empty-note">No graph: this session is limited to one host and cannot query PromQL.</p>;
  if (expr === undefined) return <p class="card empty-note">No graph: the rule has no annotation expr.</p>;
  return <ExpressionGraph expr={expr} only={labels} {...drawn} />;
}

function HistoryGraph({ episode, ...drawn }: GraphProps & Pick<EpisodeGraphProps, 'episode'>) {
  const { host = '', labels } = episode;
  const metric = labels['metric'] ?? '';
  const query = new URLSearchParams({
    metric,
    host,
    start: String(Math.round(drawn.range.fromMs)),
    end: String(Math.round(drawn.range.toMs)),
  });
  const { data, error } = useGet<History>(`/api/v1/metrics/history?${query}`);
  const graph = useMemo(() => {
    const series = data?.series.filter((each) => includesLabels(labels, each.labels)) ?? [];
    return data === undefined ? undefined : linesOfHistory({ ...data, series });
  }, [data, labels]);
  if (error !== undefined) return <ProblemNote title="Cannot load the history" error={error} />;
  if (graph === undefined) return <Loading what="the graph" />;
  if (graph.lines.length === 0) return <p class="card empty-note">No data: the samples are past their retention.</p>;
  return <TimeChart title={metric} graph={graph} {...drawn} />;
}
