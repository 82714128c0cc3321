/** Queries of panels and annotations, with the times and steps that Grafana sends; and their answers, with named series. */
import {
  alignRange,
  rateIntervalOf,
  roundInterval,
  stepOf,
  type TimeRange,
} from '../../../common/dashboard/interval.ts';
import type { Annotation, Panel, Target } from '../../../common/dashboard/model.ts';
import type { Selection } from '../../../common/dashboard/selection.ts';
import type { Column, Labels, RangeSeries, TimeGrid, VectorSeries } from '../../api/promql.ts';
import { renderLegend } from '../legend.ts';
import { interpolate } from './interpolate.ts';
import { readsNoTier } from './variables.ts';

/** `timeInterval` of the provisioned data source. */
const sampleIntervalMs = 5_000;

interface QueryContext {
  readonly range: TimeRange;
  readonly selection: Selection;
  /** Offset of the viewer's time zone, positive to the east. Only steps longer than an hour depend on it. */
  readonly utcOffsetMs?: number;
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
