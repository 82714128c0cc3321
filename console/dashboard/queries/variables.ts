/**
 * Evaluates a dashboard's variables: queries the options and selects the values. Predicts the values without queries, so that
 * panels need not wait, if the address names the values or they are "All"; the tier is predicted from the clock.
 */
import { chooseTier } from '../../../common/catalogue/tier-choice.ts';
import { type RecordedTierName, recordedTierNames, tiers } from '../../../common/catalogue/tiers.ts';
import { tierOff, tierPrefix } from '../../../common/dashboard/conventions.ts';
import type { Labels } from '../../api/promql.ts';
import type { Dashboard, QueryVariable, Selection, TimeRange, Variable, VariableValue } from '../model.ts';
import type { ViewState } from '../view-state.ts';
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

/** Replaces a query that is not needed. */
const noQuery = '';

/** Returns the dashboard with the queries removed that only list options. */
export function withoutOptions(dashboard: Dashboard, requested: ViewState['requested']): Dashboard {
  const isKnown = (variable: Variable) =>
    variable.type === 'query' &&
    !variable.hidden &&
    (variable.includeAll || (requested.get(variable.name)?.length ?? 0) > 0);
  return {
    ...dashboard,
    variables: dashboard.variables.map((each) => (isKnown(each) ? { ...each, expr: noQuery } : each)),
  };
}

export function isSkippedQuery(query: string): boolean {
  return query === noQuery;
}

interface PredictionInput extends Pick<ViewState, 'requested'> {
  readonly range: TimeRange;
  readonly nowMs: number;
}

/** Keeps a range such as "last 7 days" in one tier while the page is open. See grafana/queries/variables.ts. */
const graceMs = 5 * 60_000;

/**
 * Returns the predicted values, with the tier chosen by the API's rule for the current time. The queried tier can differ if
 * data are old or no recording rules write the tier. Undefined if a value must be queried, such as the first host.
 */
export async function predictSelection(
  dashboard: Dashboard,
  { requested, range, nowMs }: PredictionInput,
): Promise<Selection | undefined> {
  const isTier = ({ name }: Variable) => name.startsWith(tierPrefix);
  const known = withoutOptions(dashboard, requested);
  if (known.variables.some((each) => each.type === 'query' && !isTier(each) && !isSkippedQuery(each.expr)))
    return undefined;
  const choice = chooseTier({
    startMs: range.fromMs,
    endMs: range.toMs,
    nowMs,
    keptMs: Object.fromEntries(tiers.map(({ name, retentionMs }) => [name, retentionMs + graceMs])),
  });
  const chosen = choice.ok ? `${tierPrefix}${choice.tier.name}` : undefined;
  return evaluateVariables({
    dashboard: {
      ...known,
      variables: known.variables.map((each) => (isTier(each) ? { ...each, expr: each.name } : each)),
    },
    range,
    requested,
    ask: async (name) => (isSkippedQuery(name) ? [] : [{ metric: { tier: name === chosen ? '.+' : tierOff } }]),
  });
}

/** Returns the recorded tier that is on. Undefined for the raw tier. */
export function tryRecordedTier(selection: Selection): RecordedTierName | undefined {
  return recordedTierNames.find((name) => (selection.get(`${tierPrefix}${name}`)?.selected[0] ?? tierOff) !== tierOff);
}
