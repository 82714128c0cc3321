/** Variables whose choice does not hang on their options: the address names it, or it is all. */
import type { Dashboard, Variable } from '../../common/dashboard/model.ts';
import type { ViewState } from './view-state.ts';

/** In the place of a query that need not be asked. */
const noQuery = '';

/** Such variables ask nothing. */
export function withoutOptions(dashboard: Dashboard, wished: ViewState['wished']): Dashboard {
  const isKnown = (variable: Variable) =>
    variable.type === 'query' &&
    !variable.hidden &&
    (variable.includeAll || (wished.get(variable.name)?.length ?? 0) > 0);
  return {
    ...dashboard,
    variables: dashboard.variables.map((each) => (isKnown(each) ? { ...each, expr: noQuery } : each)),
  };
}

export function isForeknown(query: string): boolean {
  return query === noQuery;
}
