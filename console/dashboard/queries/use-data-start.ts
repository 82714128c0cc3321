/** Queries the start of a chart's data, when the chart begins before its data. */
import { useServices } from '../../hooks/services.ts';
import { useData } from '../../hooks/use-data.ts';
import type { TimeRange } from '../interval.ts';
import type { Panel, Selection } from '../model.ts';
import { startRequests, tryCoarseStart, tryExactStart } from './data-start.ts';
import { type Answer, askQuery } from './panel-queries.ts';

interface Drawn {
  readonly answers: readonly Answer[];
  readonly range: TimeRange;
  readonly selection: Selection;
}

/** Milliseconds since the epoch. `pending` until known. Undefined if the time of the chart's first value is exact. */
export function useDataStart(panel: Panel, { answers, range, selection }: Drawn): number | 'pending' | undefined {
  const { promql } = useServices();
  const first = tryCoarseStart(answers);
  const isLate = first !== undefined && first.timeMs - first.stepMs > range.fromMs;
  const requests = isLate ? startRequests(panel, { first, selection, nowMs: Date.now() }) : [];
  // The key leaves out the times of the requests: they change at each refresh, and the start does not.
  const key = isLate ? JSON.stringify([first, requests.map(({ query }) => query)]) : undefined;
  const { data, error } = useData(key, async (signal) => {
    const caller = { signal, priority: 'idle' } as const;
    const found = await Promise.all(requests.map((request) => askQuery(promql, request, caller)));
    return { key, startMs: tryExactStart(found) ?? first?.timeMs };
  });
  if (key === undefined || error !== undefined) return undefined;
  return data?.key === key ? data.startMs : 'pending';
}
