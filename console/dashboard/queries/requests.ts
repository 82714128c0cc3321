/** What a panel and an annotation ask of Prometheus: the very queries, times and steps that Grafana's data source sends. */

import {
  alignRange,
  rateIntervalOf,
  roundInterval,
  stepOf,
  type TimeRange,
} from '../../../common/dashboard/interval.ts';
import type { Annotation, Panel, Target } from '../../../common/dashboard/model.ts';
import type { Selection } from '../../../common/dashboard/selection.ts';
import { interpolate } from './interpolate.ts';
import { readsNoTier } from './variables.ts';

/** The data source's `timeInterval`; provisioned so. */
const sampleIntervalMs = 5_000;

export interface QueryContext {
  readonly range: TimeRange;
  readonly selection: Selection;
  /** Of the viewer's clock, east is positive; matters to steps of more than an hour. */
  readonly utcOffsetMs?: number;
}

interface AnyRequest {
  readonly refId: string;
  readonly query: string;
  /** `$__interval`, and the step of a range. */
  readonly stepMs: number;
  /** None of the tiers that it reads is switched on: the answer is empty, it need not be asked. */
  readonly isOff: boolean;
}

export type QueryRequest =
  | (AnyRequest & { readonly kind: 'instant'; readonly timeMs: number })
  | (AnyRequest & { readonly kind: 'range'; readonly startMs: number; readonly endMs: number });

/** One request a target, in their order. */
export function panelRequests(panel: Panel, context: QueryContext): readonly QueryRequest[] {
  return panel.targets.map((target) => requestOf(panel, target, context));
}

/** Of starts: each value is the context, in ms, at which an alert began to be true. */
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

/** Without those that cannot have an answer. */
export function activeRequests(requests: readonly QueryRequest[]): readonly QueryRequest[] {
  return requests.filter(({ isOff }) => !isOff);
}
