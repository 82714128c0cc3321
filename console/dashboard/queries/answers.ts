/** A panel's answers: each request with Prometheus' series, and the series by their legend names. */
import type { Panel } from '../../../common/dashboard/model.ts';
import type { Column, Labels, RangeSeries, TimeGrid, VectorSeries } from '../../api/query-response.ts';
import { renderLegend } from '../legend.ts';
import type { QueryRequest } from './requests.ts';

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
