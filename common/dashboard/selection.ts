/** What is chosen in a dashboard's variables, and how it reads in PromQL: as Grafana's Prometheus data source writes it. */
import type { Variable } from './model.ts';

export interface VariableValue {
  readonly variable: Variable;
  /** In the order in which a menu shows them; empty for what has none. */
  readonly options: readonly string[];
  readonly selected: 'all' | readonly string[];
}

/** By the variable's name. */
export type Selection = ReadonlyMap<string, VariableValue>;

/** The value of a tier's variable whose tier is not read; no series has such a job. grafana/README.md says how tiers are switched. */
export const tierOff = 'tier-off';
export const tierPrefix = 'tier_';

/** What stands in a query for the variable. */
export function promqlValue({ variable, selected }: VariableValue): string {
  if (variable.type !== 'query') return selected === 'all' ? '' : escapeString(selected[0] ?? '');
  if (selected === 'all') return variable.allValue;
  if (!variable.multi && !variable.includeAll) return escapeString(selected[0] ?? '');
  const escaped = selected.map(escapeRegExp);
  return escaped.length === 1 ? (escaped[0] as string) : `(${escaped.join('|')})`;
}

/** `var-instance=web-1&var-instance=web-2`: what links carry. */
export function urlParameters(selection: Selection, names: readonly string[]): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of names) {
    const selected = selection.get(name)?.selected ?? [];
    for (const value of selected === 'all' ? ['$__all'] : selected) parameters.append(`var-${name}`, value);
  }
  return parameters;
}

function escapeString(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "\\\\'");
}

/** Twice: for the regular expression, and for the string that it stands in. */
function escapeRegExp(value: string): string {
  return value.replaceAll('\\', '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}
