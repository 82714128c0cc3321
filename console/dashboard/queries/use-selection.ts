/**
 * A dashboard's variables, evaluated. What is chosen is known before the options are, where the address says it or all is
 * meant: panels wait for the choice alone, pickers for the options, which are asked after the panels: a month's take longer.
 * At first the tier is the one that the clock foresees, if that is all that is missing; then the panels wait for nothing.
 * While only the clock moves, the panels ask with what was chosen a moment ago, and the variables follow beside them.
 */
import { useRef } from 'preact/hooks';
import type { TimeRange } from '../../../common/dashboard/interval.ts';
import type { Dashboard } from '../../../common/dashboard/model.ts';
import type { Selection } from '../../../common/dashboard/selection.ts';
import { useServices } from '../../hooks/services.ts';
import { type Loaded, useData } from '../../hooks/use-data.ts';
import type { ViewState } from '../view-state.ts';
import { isSkippedQuery, predictSelection, withoutOptions } from './predicted-tier.ts';
import { evaluateVariables } from './variables.ts';

export interface SelectionQuestion {
  readonly dashboard: Dashboard;
  readonly state: ViewState;
  readonly range: TimeRange;
  /** Grows when the reader asks for everything anew. */
  readonly refreshCount: number;
  /** `choice`: options may be missing, panels need none. */
  readonly need: 'choice' | 'options';
}

interface Evaluated {
  /** What the address says. */
  readonly settings: string;
  readonly text: string;
  readonly selection: Selection;
}

/** `data` is undefined until the variables are known for what the address says; the same object while nothing changes. */
export function useSelection({ dashboard, state, range, refreshCount, need }: SelectionQuestion): Loaded<Selection> {
  const { promql } = useServices();
  const { requested } = state;
  const settings = JSON.stringify([dashboard.uid, state.from, state.to, [...requested]]);
  const last = useRef<Evaluated | undefined>(undefined);
  const priority = need === 'choice' ? 'normal' : 'idle';

  function keep(selection: Selection): Evaluated {
    const text = JSON.stringify([...selection].map(([name, { options, selected }]) => [name, options, selected]));
    const { current } = last;
    if (current?.settings === settings && current.text === text) return current;
    last.current = { settings, text, selection };
    return last.current;
  }

  const { data: predicted } = useData(need === 'choice' ? settings : undefined, async () => {
    const selection = await predictSelection(dashboard, { range, requested, nowMs: Date.now() });
    return selection === undefined || last.current?.settings === settings ? undefined : keep(selection);
  });
  const { data, error, isLoading } = useData(`${refreshCount} ${range.toMs} ${settings}`, async (signal) =>
    keep(
      await evaluateVariables({
        dashboard: need === 'choice' ? withoutOptions(dashboard, requested) : dashboard,
        range,
        requested,
        ask: async (query, time) => ({
          resultType: 'vector',
          result: isSkippedQuery(query) ? [] : await promql.instant({ query, time }, { signal, priority }),
        }),
      }),
    ),
  );
  const newest = [data, predicted].find((each) => each?.settings === settings);
  return { data: newest?.selection, error, isLoading };
}
