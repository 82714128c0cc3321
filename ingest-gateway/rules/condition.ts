/** What a rule asks of Prometheus. */
import { metricByName } from '../../common/catalogue/index.ts';
import { anyOf, type Matcher, matcher } from '../../common/catalogue/matcher.ts';
import { currentExpression } from '../../common/catalogue/queries.ts';
import type { LabelMatcher } from '../schema/label-matcher.ts';
import { tryComparison } from './check/syntax.ts';
import type { RuleDefinition } from './schema.ts';

export interface Condition {
  /** What Prometheus evaluates; the alert fires where it has a value. */
  readonly expression: string;
  /** The same without the threshold, where there is one: asked again for the value at resolve. */
  readonly bare: string;
  readonly threshold: number | undefined;
}

export function conditionOf(rule: RuleDefinition): Condition {
  const { operator, threshold, expr } = rule;
  const bare = expr === undefined ? metricExpression(rule) : expr.trim();
  if (operator !== undefined && threshold !== undefined)
    return { expression: `${enclose(bare)} ${operator} ${threshold}`, bare, threshold };
  const found = tryComparison(bare);
  return { expression: bare, bare: found?.bare ?? bare, threshold: found?.threshold };
}

function metricExpression({ metric: name = '', hosts, matchers }: RuleDefinition): string {
  const metric = metricByName(name);
  if (metric === undefined) throw new Error(`there is no metric ${name} any more`);
  const [first, ...rest] = hosts;
  const ofHosts = first === undefined ? [] : [anyOf('instance', [first, ...rest])];
  return currentExpression(metric, [...ofHosts, ...matchers.map(toMatcher)]);
}

function toMatcher({ name, value, isRegex, isEqual }: LabelMatcher): Matcher {
  if (!isRegex) return isEqual ? matcher(name, value) : { label: name, operator: '!=', value };
  return { label: name, operator: isEqual ? '=~' : '!~', value };
}

/** A comment must not swallow what follows. */
function enclose(bare: string): string {
  if (bare.includes('#')) return `(\n${bare}\n)`;
  return /^[\w:]+$/.test(bare) ? bare : `(${bare})`;
}
