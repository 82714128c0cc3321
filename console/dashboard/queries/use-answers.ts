/** Runs the queries of a panel and of the annotations. */
import { useRef } from 'preact/hooks';
import type { TimeRange } from '../../../common/dashboard/interval.ts';
import type { Dashboard, Panel } from '../../../common/dashboard/model.ts';
import type { Selection } from '../../../common/dashboard/selection.ts';
import type { Promql, RangeSeries } from '../../api/promql.ts';
import type { Caller, Priority } from '../../api/shared-calls.ts';
import { useServices } from '../../hooks/services.ts';
import { type Loaded, useData } from '../../hooks/use-data.ts';
import { type Mark, marksOf, type Starts } from '../legend.ts';
import {
  type Answer,
  activeRequests,
  annotationRequest,
  gridOf,
  panelRequests,
  type QueryRequest,
} from './requests.ts';

export interface PanelContext {
  readonly range: TimeRange;
  readonly selection: Selection;
  /** Incremented when the user refreshes. */
  readonly refreshCount: number;
}

interface PanelAnswers {
  readonly answers: readonly Answer[];
  /** Range of the answers. */
  readonly range: TimeRange;
}

/** Without a context, sends no queries and keeps the previous answers. */
export function usePanelAnswers(
  panel: Panel,
  context: PanelContext | undefined,
  priority: Priority,
): Loaded<PanelAnswers> {
  const { promql } = useServices();
  const newest = useRef(context);
  if (context !== undefined) newest.current = context;
  const at = newest.current;
  const requests = at === undefined ? [] : activeRequests(panelRequests(panel, withOffset(at)));
  const key = at === undefined ? undefined : JSON.stringify([at.refreshCount, requests]);
  return useData(key, async (signal) => {
    const answers = await Promise.all(requests.map((request) => answerOf(promql, request, { signal, priority })));
    return { answers, range: at?.range ?? { fromMs: 0, toMs: 1 } };
  });
}

/** Returns the starts of alerts within the range, empty until loaded. The priority is high because all charts need them. */
export function useMarks({ annotations }: Dashboard, context: PanelContext | undefined): readonly Mark[] {
  const { promql } = useServices();
  const requests = context === undefined ? [] : annotations.map((each) => annotationRequest(each, withOffset(context)));
  const key = context === undefined ? undefined : JSON.stringify([context.refreshCount, requests]);
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
    // Keeps the object if nothing changed: a new one would redraw every panel.
    if (JSON.stringify(marks) !== JSON.stringify(last.current)) last.current = marks;
    return last.current;
  });
  return data ?? none;
}

function startsOf({ metric, column }: RangeSeries): Starts {
  return { metric, values: column.filter((value) => value !== null) };
}

const none: readonly Mark[] = [];

/** Steps of a day begin at the viewer's midnight. */
function withOffset({ range, selection }: PanelContext) {
  return { range, selection, utcOffsetMs: -new Date(range.toMs).getTimezoneOffset() * 60_000 };
}

async function answerOf(promql: Promql, request: QueryRequest, caller: Caller): Promise<Answer> {
  const { query } = request;
  if (request.kind === 'instant') {
    const series = await promql.instant({ query, time: request.timeMs / 1_000 }, caller);
    return { kind: 'instant', request, series };
  }
  return { kind: 'range', request, series: await promql.range({ query, ...gridOf(request) }, caller) };
}
