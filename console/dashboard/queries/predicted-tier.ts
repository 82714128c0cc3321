/** Variables whose choice does not hang on their options: the address names it, or it is all; and what the clock foresees. */
import { chooseTier } from '../../../common/catalogue/tier-choice.ts';
import { tiers } from '../../../common/catalogue/tiers.ts';
import type { TimeRange } from '../../../common/dashboard/interval.ts';
import type { Dashboard, Variable } from '../../../common/dashboard/model.ts';
import { type Selection, tierOff, tierPrefix } from '../../../common/dashboard/selection.ts';
import type { ViewState } from '../view-state.ts';
import { evaluateVariables } from './variables.ts';

/** In the place of a query that need not be asked. */
const noQuery = '';

/** Such variables ask nothing. */
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

export interface PredictionInput extends Pick<ViewState, 'requested'> {
  readonly range: TimeRange;
  readonly nowMs: number;
}

/** A range opened as "last 7 days" is read from one tier while it is open: grafana/queries/tier-variables.ts. */
const graceMs = 5 * 60_000;

/**
 * The choice without asking anybody, each tier on or off as the API's rule has it for this clock; what the data say may differ,
 * where they are old or no rules write them. Undefined where something must be asked: the first of the hosts.
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
    ask: async (name) => ({
      resultType: 'vector',
      result: isSkippedQuery(name) ? [] : [{ metric: { tier: name === chosen ? '.+' : tierOff } }],
    }),
  });
}
