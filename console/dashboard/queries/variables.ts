/** A dashboard's variables: queries the options, selects the values, and interpolates them in Grafana's notations. */
import { tierOff, tierPrefix } from '../../../common/dashboard/conventions.ts';
import type { Labels } from '../../api/promql.ts';
import { formatDuration, type TimeRange } from '../interval.ts';
import type { Dashboard, QueryVariable, Selection, Variable, VariableValue } from '../model.ts';

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

/** Whether all tiers that the text refers to are switched off. Such a query has no answer. */
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

/** Values of `$__interval` and related macros. Only for queries of panels. */
interface StepMacros {
  readonly stepMs: number;
  readonly rateIntervalMs: number;
}

interface Scope {
  readonly range: TimeRange;
  readonly selection: Selection;
  readonly steps?: StepMacros;
}

const reference = /\$(\w+)|\$\{(\w+)(?::([\w:]+))?\}/g;

/** Interpolates `$name`, `${name}` and `${name:format}`. Leaves unknown names unchanged, as Grafana does. */
export function interpolate(text: string, scope: Scope): string {
  const macros = macrosOf(scope);
  return text.replace(reference, (match, bare?: string, braced?: string, format?: string) => {
    const name = bare ?? braced ?? '';
    const chosen = scope.selection.get(name);
    if (chosen !== undefined) return promqlValue(chosen);
    return macros.get(format === undefined ? name : `${name}:${format}`) ?? match;
  });
}

/** Returns the names of variables and macros that the text refers to, without formats and duplicates. */
export function referencesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(reference)].map(([, bare, braced]) => bare ?? braced ?? ''))];
}

function macrosOf({ range, steps }: Scope): ReadonlyMap<string, string> {
  const rangeMs = range.toMs - range.fromMs;
  const rangeSeconds = Math.round(rangeMs / 1_000);
  const macros = new Map([
    ['__from', String(range.fromMs)],
    ['__to', String(range.toMs)],
    ['__from:date:seconds', String(Math.round(range.fromMs / 1_000))],
    ['__to:date:seconds', String(Math.round(range.toMs / 1_000))],
    ['__range', `${rangeSeconds}s`],
    ['__range_s', String(rangeSeconds)],
    ['__range_ms', String(rangeMs)],
  ]);
  if (steps === undefined) return macros;
  const { stepMs, rateIntervalMs } = steps;
  return macros
    .set('__interval', formatDuration(stepMs))
    .set('__interval_ms', String(stepMs))
    .set('__rate_interval', formatDuration(rateIntervalMs))
    .set('__rate_interval_ms', String(rateIntervalMs));
}

/**
 * Returns the text that replaces `$variable` inside a double-quoted PromQL string. Values of a variable with several values
 * are taken literally: they are escaped for the regular expression and for the string, as in Grafana's Prometheus data
 * source with `prometheusSpecialCharsInLabelValues`.
 */
export function promqlValue({ variable, selected }: VariableValue): string {
  if (variable.type !== 'query') return selected === 'all' ? '' : escapeString(selected[0] ?? '');
  if (selected === 'all') return variable.allValue;
  if (!variable.multi && !variable.includeAll) return escapeString(selected[0] ?? '');
  const escaped = selected.map((value) => escapeString(escapeRegExp(value)));
  return escaped.length === 1 ? (escaped[0] as string) : `(${escaped.join('|')})`;
}

const stringEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r' };

/** Escapes for a double-quoted string of PromQL (https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals). */
function escapeString(value: string): string {
  return value.replace(/[\\"\n\r]/g, (character) => stringEscapes[character] as string);
}

/** Escapes the metacharacters of RE2. */
function escapeRegExp(value: string): string {
  return value.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&');
}
