/** Evaluates a dashboard's variables: queries the options and selects the values. */
import type { Labels } from '../../api/promql.ts';
import type { Dashboard, QueryVariable, Selection, TimeRange, Variable, VariableValue } from '../model.ts';
import { interpolate, referencesIn } from './panel-queries.ts';

/** Returns the labels of the series of an instant query. */
type AskInstant = (query: string, timeSeconds: number) => Promise<readonly { readonly metric: Labels }[]>;

interface VariableQuestion {
  readonly dashboard: Dashboard;
  readonly range: TimeRange;
  /**
   * Requested values by name, as in the links' `var-<name>` parameters; `$__all` is "All". A value that is no option is
   * kept: its host may be gone.
   */
  readonly requested: ReadonlyMap<string, readonly string[]>;
  readonly ask: AskInstant;
}

/** Evaluates independent variables in parallel. Rejects with the error of `ask`. */
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

/**
 * Applies the variable's pattern to each sample in Grafana's text form. Returns the captured values, sorted, without
 * duplicates.
 */
function optionsOf({ pattern }: QueryVariable, series: readonly { readonly metric: Labels }[]): readonly string[] {
  const texts = series.map(({ metric }) => {
    const { __name__: family = '', ...labels } = metric;
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return `${family}{${pairs.join(',')}}`;
  });
  return [...new Set(texts.flatMap((text) => pattern.exec(text)?.[1] ?? []))].sort();
}
