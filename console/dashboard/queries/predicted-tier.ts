/**
 * Predicts the values of a dashboard's variables without queries, so that panels need not wait. Works if the address names
 * the values or they are "All", and predicts the tier from the clock.
 */
import { chooseTier } from '../../../common/catalogue/tier-choice.ts';
import { tiers } from '../../../common/catalogue/tiers.ts';
import { tierOff, tierPrefix } from '../../../common/dashboard/conventions.ts';
import { type Dashboard, type Selection, type TimeRange, type Variable } from '../model.ts';
import type { ViewState } from '../view-state.ts';
import { evaluateVariables } from './variables.ts';

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
