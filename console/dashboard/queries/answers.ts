/** What Prometheus says to a panel's queries, as long as the panel is on the screen. */
import { useRef } from 'preact/hooks';
import type { TimeRange } from '../../../common/dashboard/interval.ts';
import type { Dashboard, Panel } from '../../../common/dashboard/model.ts';
import type { Selection } from '../../../common/dashboard/selection.ts';
import type { Promql } from '../../api/promql.ts';
import type { Column, RangeSeries, TimeGrid, VectorSeries } from '../../api/query-response.ts';
import type { Caller, Priority } from '../../api/shared-calls.ts';
import { useServices } from '../../hooks/services.ts';
import { type Loaded, useData } from '../../hooks/use-data.ts';
import { type Labels, type Mark, marksOf, renderLegend, type Starts } from '../legend.ts';
import { annotationRequest, panelRequests, type QueryRequest } from './requests.ts';

export interface PanelMoment {
  readonly range: TimeRange;
  readonly selection: Selection;
  /** Grows when the reader asks for everything anew. */
  readonly asked: number;
}

export interface PanelAnswers {
  readonly answers: readonly Answer[];
  /** Of the answers. */
  readonly range: TimeRange;
}

/** Undefined moment: nothing is asked, what came before stays. */
export function usePanelAnswers(
  panel: Panel,
  moment: PanelMoment | undefined,
  priority: Priority,
): Loaded<PanelAnswers> {
  const { promql } = useServices();
  const newest = useRef(moment);
  if (moment !== undefined) newest.current = moment;
  const at = newest.current;
  const requests = at === undefined ? [] : openRequests(panelRequests(panel, withOffset(at)));
  const key = at === undefined ? undefined : JSON.stringify([at.asked, requests]);
  return useData(key, async (signal) => {
    const answers = await Promise.all(requests.map((request) => answerOf(promql, request, { signal, priority })));
    return { answers, range: at?.range ?? { fromMs: 0, toMs: 1 } };
  });
}

/** Alerts that began within the range; none as long as they are unknown. Asked first: they are few, and on every chart. */
export function useMarks({ annotations }: Dashboard, moment: PanelMoment | undefined): readonly Mark[] {
  const { promql } = useServices();
  const requests = moment === undefined ? [] : annotations.map((each) => annotationRequest(each, withOffset(moment)));
  const key = moment === undefined ? undefined : JSON.stringify([moment.asked, requests]);
  const last = useRef(none);
  const { data } = useData(key, async (signal) => {
    const caller = { signal, priority: 'high' } as const;
    const answers = await Promise.all(requests.map((request) => answerOf(promql, request, caller)));
    const marks = answers.flatMap((answer, index) => {
      const annotation = annotations[index];
      return answer.kind === 'range' && annotation !== undefined
        ? marksOf(annotation, answer.series.map(startsOf))
        : [];
    });
    // The same object while they are the same: otherwise every panel would be drawn anew.
    if (JSON.stringify(marks) !== JSON.stringify(last.current)) last.current = marks;
    return last.current;
  });
  return data ?? none;
}

function startsOf({ metric, column }: RangeSeries): Starts {
  return { metric, values: column.filter((value) => value !== null) };
}

const none: readonly Mark[] = [];

/** Steps of a day begin at the reader's midnight. */
function withOffset({ range, selection }: PanelMoment) {
  return { range, selection, utcOffsetMs: -new Date(range.toMs).getTimezoneOffset() * 60_000 };
}

/** Without those that cannot have an answer. */
export function openRequests(requests: readonly QueryRequest[]): readonly QueryRequest[] {
  return requests.filter(({ isOff }) => !isOff);
}

async function answerOf(promql: Promql, request: QueryRequest, caller: Caller): Promise<Answer> {
  const { query } = request;
  if (request.kind === 'instant') {
    const series = await promql.instant({ query, time: request.timeMs / 1_000 }, caller);
    return { kind: 'instant', request, series };
  }
  return { kind: 'range', request, series: await promql.range({ query, ...gridOf(request) }, caller) };
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
  /** Of the legend; two may have the same. */
  readonly name: string;
  readonly labels: Labels;
  /** On the answer's grid; one value for an instant. */
  readonly column: Column;
}

/** Every series of every answer, in order. */
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
