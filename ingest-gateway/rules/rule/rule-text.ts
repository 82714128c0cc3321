/** Renders a rule as the text of its rule file. */
import { stringify } from 'yaml';
import { metricByName } from '../../../common/catalogue/index.ts';
import { renderDuration } from '../../../common/program/settings/units.ts';
import type { AlertingRule } from '../../../common/prometheus/rule-file.ts';
import { conditionOf } from './condition.ts';
import { type Operator, type RuleDefinition, unitOf } from './schema.ts';

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

function valueTemplate(unit: string | undefined): string {
  if (unit === 'percent') return '{{ $value | printf "%.1f" }} %';
  if (unit === 'bytes' || unit === 'bytes/s') return `{{ $value | humanize1024 }}${unit === 'bytes' ? 'B' : 'B/s'}`;
  const number = '{{ $value | printf "%.4g" }}';
  return unit === undefined || unit === 'count' || unit === 'load' ? number : `${number} ${unit}`;
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
