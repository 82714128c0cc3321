/**
 * Values of a dashboard's variables, and their form in PromQL and in links. Escapes as Grafana's Prometheus data source
 * does.
 */
import type { Variable } from './model.ts';

export interface VariableValue {
  readonly variable: Variable;
  /** In menu order. Empty for a variable without options. */
  readonly options: readonly string[];
  readonly selected: 'all' | readonly string[];
}

/** By variable name. */
export type Selection = ReadonlyMap<string, VariableValue>;

/** Value of the variable of a tier that is switched off. No series has a job of this name. See grafana/README.md. */
export const tierOff = 'tier-off';
export const tierPrefix = 'tier_';

/** Returns the PromQL text that replaces a reference to the variable. */
export function promqlValue({ variable, selected }: VariableValue): string {
  if (variable.type !== 'query') return selected === 'all' ? '' : escapeString(selected[0] ?? '');
  if (selected === 'all') return variable.allValue;
  if (!variable.multi && !variable.includeAll) return escapeString(selected[0] ?? '');
  const escaped = selected.map(escapeRegExp);
  return escaped.length === 1 ? (escaped[0] as string) : `(${escaped.join('|')})`;
}

/** Returns the parameters of a link, such as `var-instance=web-1&var-instance=web-2`. */
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

/** Escapes twice: for the regular expression, and for the string literal around the expression. */
function escapeRegExp(value: string): string {
  return value.replaceAll('\\', '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}
