/**
 * Evaluates a dashboard's variables.
 * Panels need only the selected values; pickers also need the options, whose queries take long over long ranges. `need:
 * 'choice'` therefore skips the queries that only list options, and the options are queried with idle priority.
 * On the first load the predicted values are used if they are complete, so that panels start at once. While only the time advances,
 * panels use the previous values until the new values arrive.
 */
import { useRef } from 'preact/hooks';
import { type Loaded, useData, useServices } from '../../hooks/services.ts';
import { type Dashboard, type Selection, type TimeRange } from '../model.ts';
import type { ViewState } from '../view-state.ts';
import { evaluateVariables, isSkippedQuery, predictSelection, withoutOptions } from './variables.ts';

interface SelectionQuestion {
  readonly dashboard: Dashboard;
  readonly state: ViewState;
  readonly range: TimeRange;
  /** Incremented when the user refreshes. */
  readonly refreshCount: number;
  /** `choice`: the selected values, perhaps without options. `options`: all options, too. */
  readonly need: 'choice' | 'options';
}

interface Evaluated {
  /** The parameters of the address that the values belong to. */
  readonly settings: string;
  readonly text: string;
  readonly selection: Selection;
}

/**
 * Returns the values of the variables. `data` is undefined until the variables are evaluated for the current address, and keeps its
 * identity while the values stay the same.
 */
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
        ask: async (query, time) =>
          isSkippedQuery(query) ? [] : promql.instant({ query, time }, { signal, priority }),
      }),
    ),
  );
  const newest = [data, predicted].find((each) => each?.settings === settings);
  return { data: newest?.selection, error, isLoading };
}
