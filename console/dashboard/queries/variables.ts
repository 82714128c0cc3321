/** A dashboard's variables, evaluated: options by instant queries, and which of them is chosen. */

import type { TimeRange } from '../../../common/dashboard/interval.ts';
import type { Dashboard, QueryVariable, Variable } from '../../../common/dashboard/model.ts';
import { type Selection, tierOff, tierPrefix, type VariableValue } from '../../../common/dashboard/selection.ts';
import { interpolate, referencesIn } from './interpolate.ts';

/** `data` of Prometheus' answer to /api/v1/query. */
export interface InstantData {
  readonly resultType: string;
  readonly result: readonly unknown[];
}

export type AskInstant = (query: string, timeSeconds: number) => Promise<InstantData>;

export interface VariableQuestion {
  readonly dashboard: Dashboard;
  readonly range: TimeRange;
  /** By name, as links carry them in `var-<name>`; `$__all` is all. A value that is no option stays: its host may have gone. */
  readonly requested: ReadonlyMap<string, readonly string[]>;
  readonly ask: AskInstant;
}

/** Those that do not read one another are asked for at once. Rejects with what `ask` rejects with. */
export async function evaluateVariables(question: VariableQuestion): Promise<Selection> {
  const { dashboard, range, requested, ask } = question;
  const pending = new Map<string, Promise<VariableValue>>();

  async function evaluate(variable: Variable): Promise<VariableValue> {
    if (variable.type === 'datasource') return { variable, options: [], selected: [''] };
    const request = requested.get(variable.name);
    if (variable.type === 'textbox')
      return { variable, options: [], selected: [request?.[0] ?? variable.defaultValue] };
    const read = new Map<string, VariableValue>();
    for (const name of referencesIn(variable.expr)) {
      const other = pending.get(name);
      if (other !== undefined) read.set(name, await other);
    }
    const query = interpolate(variable.expr, { range, selection: read });
    const options = optionsOf(variable, await ask(query, Math.ceil(range.toMs / 1_000)));
    return { variable, options, selected: choose(variable, options, request) };
  }

  for (const variable of dashboard.variables) pending.set(variable.name, evaluate(variable));
  return new Map(await Promise.all([...pending].map(async ([name, chosen]) => [name, await chosen] as const)));
}

/** Whether no tier is switched on that the text reads: its query has no answer and need not be asked. */
export function readsNoTier(text: string, selection: Selection): boolean {
  const tiers = referencesIn(text).filter((name) => name.startsWith(tierPrefix));
  return tiers.length > 0 && tiers.every((name) => selection.get(name)?.selected[0] === tierOff);
}

function choose(
  variable: QueryVariable,
  options: readonly string[],
  request: readonly string[] | undefined,
): VariableValue['selected'] {
  if (!variable.hidden && request !== undefined && request.length > 0) {
    if (variable.includeAll && request.includes('$__all')) return 'all';
    return variable.multi ? request : request.slice(0, 1);
  }
  return variable.includeAll ? 'all' : options.slice(0, 1);
}

/** Each sample as the text that Grafana makes of it, then what the pattern's group finds there; sorted, each once. */
function optionsOf({ name, pattern }: QueryVariable, { resultType, result }: InstantData): readonly string[] {
  if (resultType !== 'vector') throw new Error(`variable ${name}: expected a vector, got a ${resultType}`);
  const texts = (result as readonly { readonly metric: Readonly<Record<string, string>> }[]).map(({ metric }) => {
    const { __name__: family = '', ...labels } = metric;
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return `${family}{${pairs.join(',')}}`;
  });
  return [...new Set(texts.flatMap((text) => pattern.exec(text)?.[1] ?? []))].sort();
}
