/**
 * Queries of panels and annotations, with the times and steps that Grafana sends; and their answers as named series and
 * marks.
 */
import type { Column, Labels, Promql, RangeSeries, TimeGrid, VectorSeries } from '../../api/promql.ts';
import type { Caller } from '../../api/shared-calls.ts';
import { alignRange, rateIntervalOf, roundInterval, stepOf, type TimeRange } from '../interval.ts';
import type { Annotation, Panel, Selection, Target } from '../model.ts';
import { interpolate, readsNoTier } from './variables.ts';

/** `timeInterval` of the provisioned data source. */
const sampleIntervalMs = 5_000;

interface QueryContext {
  readonly range: TimeRange;
  readonly selection: Selection;
  /** Offset of the viewer's time zone, positive to the east. Steps of a day begin at the viewer's midnight. */
  readonly utcOffsetMs?: number;
}

export interface PanelContext extends QueryContext {
  /** Incremented when the user refreshes. */
  readonly refreshCount: number;
}

interface AnyRequest {
  readonly refId: string;
  readonly query: string;
  /** `$__interval`, and the step of a range query. */
  readonly stepMs: number;
  /** All tiers that the query reads are switched off: the answer is empty, and the query is not sent. */
  readonly isOff: boolean;
}

export type QueryRequest =
  | (AnyRequest & { readonly kind: 'instant'; readonly timeMs: number })
  | (AnyRequest & { readonly kind: 'range'; readonly startMs: number; readonly endMs: number });

/** Returns one request for each target, in order. */
export function panelRequests(panel: Panel, context: QueryContext): readonly QueryRequest[] {
  return panel.targets.map((target) => requestOf(panel, target, context));
}

/** Returns the request of an annotation. Its values are the times, in milliseconds, at which alerts started. */
export function annotationRequest(annotation: Annotation, context: QueryContext): QueryRequest {
  const target: Target = { ...annotation, refId: annotation.name, legend: '', kind: 'range' };
  return requestOf({ maxDataPoints: annotation.maxDataPoints, minStepMs: annotation.minStepMs }, target, context);
}

function requestOf(
  { maxDataPoints, minStepMs }: Pick<Panel, 'maxDataPoints' | 'minStepMs'>,
  target: Target,
  { range, selection, utcOffsetMs = 0 }: QueryContext,
): QueryRequest {
  const intervalMs = Math.max(
    roundInterval((range.toMs - range.fromMs) / maxDataPoints),
    minStepMs ?? sampleIntervalMs,
  );
  const stepMs = stepOf(range, maxDataPoints, target.minStepMs ?? intervalMs);
  const rateIntervalMs = rateIntervalOf(intervalMs, target.minStepMs ?? sampleIntervalMs);
  const { refId, expr, kind } = target;
  const query = interpolate(expr, { range, selection, steps: { stepMs, rateIntervalMs } });
  const common = { refId, query, stepMs, isOff: readsNoTier(expr, selection) };
  if (kind === 'instant') return { ...common, kind, timeMs: range.toMs };
  const { fromMs, toMs } = alignRange(range, stepMs, utcOffsetMs);
  return { ...common, kind, startMs: fromMs, endMs: toMs };
}

/** Returns the requests that can have an answer. */
export function activeRequests(requests: readonly QueryRequest[]): readonly QueryRequest[] {
  return requests.filter(({ isOff }) => !isOff);
}

export type Answer =
  | {
      readonly kind: 'range';
      readonly request: QueryRequest & { readonly kind: 'range' };
      readonly series: readonly RangeSeries[];
    }
  | {
      readonly kind: 'instant';
      readonly request: QueryRequest & { readonly kind: 'instant' };
      readonly series: readonly VectorSeries[];
    };

/** Sends a request. */
export async function askQuery(promql: Promql, request: QueryRequest, caller: Caller): Promise<Answer> {
  const { query } = request;
  if (request.kind === 'instant') {
    const series = await promql.instant({ query, time: request.timeMs / 1_000 }, caller);
    return { kind: 'instant', request, series };
  }
  return { kind: 'range', request, series: await promql.range({ query, ...gridOf(request) }, caller) };
}

export interface NamedSeries {
  readonly refId: string;
  /** Name in the legend. Not unique. */
  readonly name: string;
  readonly labels: Labels;
  /** Values on the answer's grid. One value for an instant query. */
  readonly column: Column;
}

/** Returns the series of all answers, in order. */
export function namedSeries({ targets }: Panel, answers: readonly Answer[]): readonly NamedSeries[] {
  return answers.flatMap((answer): readonly NamedSeries[] => {
    const { refId } = answer.request;
    const format = targets.find((target) => target.refId === refId)?.legend ?? '';
    const about = (labels: Labels) => ({ refId, labels, name: renderLegend(format, labels) });
    if (answer.kind === 'instant')
      return answer.series.map(({ metric, value }) => ({ ...about(metric), column: [toValue(value[1])] }));
    return answer.series.map(({ metric, column }) => ({ ...about(metric), column }));
  });
}

export function gridOf({ startMs, endMs, stepMs }: QueryRequest & { readonly kind: 'range' }): TimeGrid {
  return { start: startMs / 1_000, end: endMs / 1_000, step: stepMs / 1_000 };
}

function toValue(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * Fills in a legend format such as `{{instance}} {{device}}`. Missing labels are empty. Without a format, returns all
 * labels as Prometheus writes them.
 */
export function renderLegend(format: string, labels: Labels): string {
  if (format !== '') return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
  const { __name__: family = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? family : `${family}{${pairs.join(', ')}}`;
}

export interface Mark {
  readonly timeMs: number;
  /** Absent for an alert about no host in particular. */
  readonly host?: string;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
}

/** Returns one mark for each distinct value of each series, in order of time. The values are milliseconds since the epoch. */
export function marksOf(
  annotation: Annotation,
  series: readonly Pick<RangeSeries, 'metric' | 'column'>[],
): readonly Mark[] {
  return series
    .flatMap(({ metric, column }) =>
      [...new Set(column.filter((value) => value !== null).map(Math.floor))].map((timeMs) => ({
        timeMs,
        ...(metric['instance'] === undefined ? {} : { host: metric['instance'] }),
        title: renderLegend(annotation.title, metric),
        text: renderLegend(annotation.text, metric),
        tags: annotation.tagLabels.flatMap((label) => metric[label] ?? []),
      })),
    )
    .sort((left, right) => left.timeMs - right.timeMs);
}
