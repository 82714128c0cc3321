/** A rule as Prometheus loads it: its PromQL, and the text of its rule file. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { stringify } from 'yaml';
import type { LabelMatcher } from '../../../common/alertmanager/matchers.ts';
import { anyOf, type Matcher, matcher } from '../../../common/catalogue/expression.ts';
import { metricByName } from '../../../common/catalogue/index.ts';
import { currentExpression } from '../../../common/catalogue/tiers.ts';
import { renderDuration } from '../../../common/program/settings/units.ts';
import type { AlertingRule } from '../../../common/prometheus/rule-file.ts';
import { type Operator, operators, type RuleDefinition, unitOf } from './schema.ts';

export const ruleIdForm = /^rule-[0-9a-f]{8}$/;

/** The name of the rule's group in Prometheus. It must never change: Prometheus restores the state of alerts by it. */
export function groupName(ruleId: string): string {
  return `hostpulse-custom-${ruleId}`;
}

export interface RuleTextOptions {
  readonly ruleId: string;
  readonly rule: RuleDefinition;
  /** Identifies the database. */
  readonly owner: string;
  readonly intervalMs: number;
}

/** Every text is double-quoted on one line, so that each YAML parser reads back the same text. */
const yamlForm = {
  lineWidth: 0,
  blockQuote: false,
  defaultStringType: 'QUOTE_DOUBLE',
  defaultKeyType: 'PLAIN',
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  aliasDuplicateObjects: false,
} as const;

export function renderRuleText({ ruleId, rule, owner, intervalMs }: RuleTextOptions): string {
  const groups = [{ name: groupName(ruleId), interval: renderDuration(intervalMs), rules: [alertingRuleOf(rule)] }];
  const body = stringify({ groups }, yamlForm);
  return `${firstLine(ruleId, owner)} Change it by /api/v1/alerts/rules or "hostpulse rules"; a change here is undone.\n${body}`;
}

function firstLine(ruleId: string, owner: string): string {
  return `# hostpulse ${ruleId} of ${owner}.`;
}

/** Returns whether a gateway of this database wrote the text as the file of that rule. */
export function isOwnText(text: string, { ruleId, owner }: Pick<RuleTextOptions, 'ruleId' | 'owner'>): boolean {
  return text.startsWith(firstLine(ruleId, owner));
}

/** Returns the rule as Prometheus loads it, with the labels and annotations that the default rules have: rules/README.md. */
export function alertingRuleOf(rule: RuleDefinition): AlertingRule {
  const { name, metric, severity, channels, labels, annotations } = rule;
  const { expression, bare, threshold } = conditionOf(rule);
  const unit = unitOf(rule);
  const description = describe(rule, unit);
  return {
    alert: name,
    expr: expression,
    ...(rule.for === '0s' ? {} : { for: rule.for }),
    labels: { ...labels, severity, ...(metric === undefined ? {} : { metric }) },
    annotations: {
      summary: summarise(rule, unit),
      ...(description === undefined ? {} : { description }),
      ...annotations,
      value: '{{ $value }}',
      ...(threshold === undefined ? {} : { threshold: String(threshold) }),
      ...(unit === undefined ? {} : { unit }),
      expr: escapeTemplate(bare),
      channels: channels.length === 0 ? 'default' : channels.join(','),
    },
  };
}

/** Escapes `{{` in PromQL and names: annotations are Go templates. */
function escapeTemplate(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

function summarise({ name, metric: metricName }: RuleDefinition, unit: string | undefined): string {
  const host = '{{ with $labels.instance }}{{ . }}: {{ end }}';
  const metric = metricName === undefined ? undefined : metricByName(metricName);
  const label = (['mountpoint', 'device', 'cpu'] as const).find((each) => metric?.labels.includes(each));
  const part = label === undefined ? '' : ` of {{ $labels.${label} }}`;
  return `${host}${metric?.name ?? escapeTemplate(name)}${part} is ${valueTemplate(unit)}`;
}

/** Three significant figures; whole numbers between 1000 and 1e15. */
const roundedValue =
  '{{ if and (gt $value -999.5) (lt $value 999.5) }}{{ $value | printf "%.3g" }}{{ else if lt $value 1e15 }}{{ $value | printf "%.0f" }}{{ else }}{{ $value }}{{ end }}';

function valueTemplate(unit: string | undefined): string {
  if (unit === 'percent') return `${roundedValue} %`;
  if (unit === 'bytes' || unit === 'bytes/s') return `{{ $value | humanize1024 }}${unit === 'bytes' ? 'B' : 'B/s'}`;
  return unit === undefined || unit === 'count' || unit === 'load' ? roundedValue : `${roundedValue} ${unit}`;
}

const operatorWords: Readonly<Record<Operator, string>> = {
  '>': 'Above',
  '>=': 'At least',
  '<': 'Below',
  '<=': 'At most',
  '==': 'At',
  '!=': 'Not at',
};

function describe(
  { operator, threshold, for: holdingTime }: RuleDefinition,
  unit: string | undefined,
): string | undefined {
  if (operator === undefined || threshold === undefined) return undefined;
  const amount = unit === undefined || unit === 'count' || unit === 'load' ? '' : ` ${unit === 'percent' ? '%' : unit}`;
  return `${operatorWords[operator]} ${threshold}${amount}${holdingTime === '0s' ? '' : ` for ${holdingTime}`}.`;
}

interface Condition {
  /** The alert fires for each series of this expression. */
  readonly expression: string;
  /** The expression without its threshold: the relay queries it for the value when the alert is resolved. */
  readonly bare: string;
  readonly threshold: number | undefined;
}

export function conditionOf(rule: RuleDefinition): Condition {
  const { operator, threshold, expr } = rule;
  const bare = expr === undefined ? metricExpression(rule) : expr.trim();
  if (operator !== undefined && threshold !== undefined)
    return { expression: `${enclose(bare)} ${operator} ${threshold}`, bare, threshold };
  const comparison = tryComparison(bare);
  return { expression: bare, bare: comparison?.bare ?? bare, threshold: comparison?.threshold };
}

function metricExpression({ metric: name = '', hosts, matchers }: RuleDefinition): string {
  const metric = metricByName(name);
  if (metric === undefined) throw new Error(`the catalogue has no metric ${name}`);
  const [first, ...rest] = hosts;
  const hostMatchers = first === undefined ? [] : [anyOf('instance', [first, ...rest])];
  return currentExpression(metric, [...hostMatchers, ...matchers.map(toMatcher)]);
}

function toMatcher({ name, value, isRegex, isEqual }: LabelMatcher): Matcher {
  if (!isRegex) return isEqual ? matcher(name, value) : { label: name, operator: '!=', value };
  return { label: name, operator: isEqual ? '=~' : '!~', value };
}

/** Puts the brackets on separate lines if the expression has a comment, which ends at the end of the line. */
function enclose(bare: string): string {
  if (bare.includes('#')) return `(\n${bare}\n)`;
  return /^[\w:]+$/.test(bare) ? bare : `(${bare})`;
}

interface Comparison {
  /** The left side: the expression without its threshold. */
  readonly bare: string;
  readonly operator: Operator;
  readonly threshold: number;
}

/** Parses `bare > 5`. Returns undefined if the outermost operation is not a comparison with a number. */
export function tryComparison(text: string): Comparison | undefined {
  const node = unwrap(parser.parse(text).topNode.firstChild);
  if (node?.name !== 'BinaryExpr') return undefined;
  const parts = childrenOf(node);
  const [left, sign, right] = parts;
  const isNumber = right?.name === 'NumberDurationLiteral' || right?.name === 'UnaryExpr';
  if (parts.length !== 3 || left === undefined || sign === undefined || right === undefined || !isNumber)
    return undefined; // more parts than three are bool, on or ignoring
  const read = ({ from, to }: SyntaxNode): string => text.slice(from, to);
  const operator = operators.find((each) => each === read(sign));
  const threshold = Number(read(right));
  if (operator === undefined || !Number.isFinite(threshold)) return undefined;
  return { bare: read(left), operator, threshold };
}

function unwrap(node: SyntaxNode | null): SyntaxNode | undefined {
  const found = node?.name === 'LineComment' ? node.nextSibling : node;
  if (found?.name !== 'ParenExpr') return found ?? undefined;
  return unwrap(found.firstChild);
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'LineComment') found.push(child);
  return found;
}
