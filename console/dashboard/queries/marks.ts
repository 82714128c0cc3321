/** Builds the queries of annotations, and converts their answers to marks of charts. */
import type { RangeSeries } from '../../api/promql.ts';
import type { Annotation, Target } from '../model.ts';
import { type QueryContext, type QueryRequest, renderLegend, requestOf } from './panel-queries.ts';

/** Returns the request of an annotation. Its values are the times, in milliseconds, at which alerts started. */
export function annotationRequest(annotation: Annotation, context: QueryContext): QueryRequest {
  const target: Target = { ...annotation, refId: annotation.name, legend: '', kind: 'range' };
  return requestOf({ maxDataPoints: annotation.maxDataPoints, minStepMs: annotation.minStepMs }, target, context);
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
