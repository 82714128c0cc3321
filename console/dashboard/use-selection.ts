/**
 * A dashboard's variables, evaluated. While only the clock moves, the panels ask with what was chosen a moment ago, and the
 * variables follow beside them; after a change of range or choice the panels wait for them.
 */
import { useRef } from 'preact/hooks';
import type { TimeRange } from '../../common/dashboard/interval.ts';
import type { Dashboard } from '../../common/dashboard/model.ts';
import type { Selection } from '../../common/dashboard/selection.ts';
import { evaluateVariables } from '../../common/dashboard/variables.ts';
import { type Loaded, useData } from '../hooks/use-data.ts';
import { useServices } from '../services.ts';
import type { ViewState } from './view-state.ts';

export interface SelectionQuestion {
  readonly dashboard: Dashboard;
  readonly state: ViewState;
  readonly range: TimeRange;
  /** Grows when the reader asks for everything anew. */
  readonly asked: number;
}

/** `data` is undefined until the variables are known for what the address says. */
export function useSelection({ dashboard, state, range, asked }: SelectionQuestion): Loaded<Selection> {
  const { promql } = useServices();
  const settings = JSON.stringify([dashboard.uid, state.from, state.to, [...state.wished]]);
  const last = useRef<{ settings: string; text: string; selection: Selection } | undefined>(undefined);
  const { data, error, isLoading } = useData(`${asked} ${range.toMs} ${settings}`, async (signal) => {
    const ask = async (query: string, time: number) => ({
      resultType: 'vector',
      result: await promql.instant({ query, time }, signal),
    });
    const selection = await evaluateVariables({ dashboard, range, wished: state.wished, ask });
    const text = JSON.stringify([...selection].map(([name, { options, selected }]) => [name, options, selected]));
    const same = last.current?.settings === settings && last.current.text === text;
    if (!same) last.current = { settings, text, selection };
    return { settings, selection: same && last.current !== undefined ? last.current.selection : selection };
  });
  return { data: data?.settings === settings ? data.selection : undefined, error, isLoading };
}
