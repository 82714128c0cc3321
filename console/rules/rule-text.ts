/** Renders a rule's condition as text, and searches rules by name. */
import { metricByName } from '../../common/catalogue/metrics.ts';
import { tryFormatValue } from '../alerts/alert-value.ts';
import type { Rule } from '../api/rules.ts';

export function conditionOf({
  metric,
  expr,
  operator,
  threshold,
  for: lasting,
}: Pick<Rule, 'metric' | 'expr' | 'operator' | 'threshold' | 'for'>): string {
  const unit = metricByName(metric ?? '')?.unit;
  const value = threshold === undefined ? undefined : (tryFormatValue(threshold, unit) ?? String(threshold));
  const parts = [metric ?? expr ?? '', operator, operator === undefined ? undefined : value];
  const holds = lasting === undefined || lasting === '' || lasting === '0s' ? '' : ` for ${lasting}`;
  return `${parts.filter((part) => part !== undefined).join(' ')}${holds}`;
}

export function findsName(name: string, wanted: string): boolean {
  return name.toLowerCase().includes(wanted.trim().toLowerCase());
}
