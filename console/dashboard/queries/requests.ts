/** The queries of panels and annotations, with the same times and steps as Grafana's data source sends. */

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
