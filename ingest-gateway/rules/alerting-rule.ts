/** A rule in Prometheus' form, saying what the default rules say: rules/README.md. */
import { metricByName } from '../../common/catalogue/index.ts';
import type { AlertingRule } from '../../common/prometheus/rule-file.ts';
import { conditionOf } from './condition.ts';
import { type Operator, type RuleDefinition, unitOf } from './schema.ts';

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

/** Annotations are Go templates; PromQL may hold `{{` in a text. */
function escapeTemplate(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

function summarise({ name, metric: metricName }: RuleDefinition, unit: string | undefined): string {
  const host = '{{ with $labels.instance }}{{ . }}: {{ end }}';
  const metric = metricName === undefined ? undefined : metricByName(metricName);
  const label = (['mountpoint', 'device', 'cpu'] as const).find((each) => metric?.labels.includes(each));
  const part = label === undefined ? '' : ` of {{ $labels.${label} }}`;
  return `${host}${metric?.name ?? name}${part} is ${valueTemplate(unit)}`;
}

function valueTemplate(unit: string | undefined): string {
  if (unit === 'percent') return '{{ $value | printf "%.1f" }} %';
  if (unit === 'bytes' || unit === 'bytes/s') return `{{ $value | humanize1024 }}${unit === 'bytes' ? 'B' : 'B/s'}`;
  const number = '{{ $value | printf "%.4g" }}';
  return unit === undefined || unit === 'count' || unit === 'load' ? number : `${number} ${unit}`;
}

const words: Readonly<Record<Operator, string>> = {
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
  return `${words[operator]} ${threshold}${amount}${holdingTime === '0s' ? '' : ` for ${holdingTime}`}.`;
}
