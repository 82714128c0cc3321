/**
 * A dashboard's variables, evaluated. What is chosen is known before the options are, where the address says it or all is
 * meant: panels wait for the choice alone, pickers for the options. While only the clock moves, the panels ask with what was
 * chosen a moment ago, and the variables follow beside them.
 */
import { useRef } from 'preact/hooks';
import type { TimeRange } from '../../common/dashboard/interval.ts';
import type { Dashboard } from '../../common/dashboard/model.ts';
import type { Selection } from '../../common/dashboard/selection.ts';
import { evaluateVariables } from '../../common/dashboard/variables.ts';
import { type Loaded, useData } from '../hooks/use-data.ts';
import { useServices } from '../services.ts';
import { isForeknown, withoutOptions } from './foreknown.ts';
import type { ViewState } from './view-state.ts';

export interface SelectionQuestion {
  readonly dashboard: Dashboard;
  readonly state: ViewState;
  readonly range: TimeRange;
  /** Grows when the reader asks for everything anew. */
  readonly asked: number;
  /** `choice`: options may be missing, panels need none. */
  readonly need: 'choice' | 'options';
}

/** `data` is undefined until the variables are known for what the address says; the same object while nothing changes. */
export function useSelection({ dashboard, state, range, asked, need }: SelectionQuestion): Loaded<Selection> {
  const { promql } = useServices();
  const { wished } = state;
  const turn = need === 'choice' ? 'usual' : 'last';
  const settings = JSON.stringify([dashboard.uid, state.from, state.to, [...wished]]);
  const last = useRef<{ settings: string; text: string; selection: Selection } | undefined>(undefined);
  const { data, error, isLoading } = useData(`${asked} ${range.toMs} ${settings}`, async (signal) => {
    const selection = await evaluateVariables({
      dashboard: need === 'choice' ? withoutOptions(dashboard, wished) : dashboard,
      range,
      wished,
      ask: async (query, time) => ({
        resultType: 'vector',
        result: isForeknown(query) ? [] : await promql.instant({ query, time }, { signal, turn }),
      }),
    });
    const text = JSON.stringify([...selection].map(([name, { options, selected }]) => [name, options, selected]));
    const { current } = last;
    if (current?.settings === settings && current.text === text) return current;
    last.current = { settings, text, selection };
    return last.current;
  });
  return { data: data?.settings === settings ? data.selection : undefined, error, isLoading };
}
