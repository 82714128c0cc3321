/** Converts the fields of the rule form, as typed, from and to the API's body. */
import { parseMatchers, renderMatcher } from '../../../common/alertmanager/matchers.ts';
import type { Operator, Rule, RuleBody, RuleSeverity } from '../../api/rules.ts';

export type RuleSource = 'metric' | 'expr';

/** The fields of the rule form: texts as typed, and lists as rows. */
export interface RuleDraft {
  readonly name: string;
  readonly source: RuleSource;
  readonly metric: string;
  readonly expr: string;
  /** Empty only with `expr`: the expression is the whole condition. */
  readonly operator: Operator | '';
  readonly threshold: string;
  readonly for: string;
  /** Separated by commas, like the channels. */
  readonly hosts: string;
  /** In Alertmanager's syntax. */
  readonly matchers: string;
  readonly severity: RuleSeverity;
  readonly channels: string;
  readonly summary: string;
  readonly description: string;
  readonly runbook: string;
  /** Pairs of name and value. */
  readonly labels: readonly Pair[];
  /** All except summary, description and runbook. */
  readonly annotations: readonly Pair[];
  readonly enabled: boolean;
}

export type Pair = readonly [string, string];

export const emptyDraft: RuleDraft = {
  name: '',
  source: 'metric',
  metric: 'cpu.usage.total',
  expr: '',
  operator: '>',
  threshold: '',
  for: '5m',
  hosts: '',
  matchers: '',
  severity: 'warning',
  channels: '',
  summary: '',
  description: '',
  runbook: '',
  labels: [],
  annotations: [],
  enabled: true,
};

const ownFields: readonly string[] = ['summary', 'description', 'runbook_url'];

export function draftOf(rule: Rule): RuleDraft {
  const { annotations = {}, labels = {}, matchers = [], hosts = [], channels = [], threshold } = rule;
  return {
    name: rule.name,
    source: rule.metric === undefined ? 'expr' : 'metric',
    metric: rule.metric ?? '',
    expr: rule.expr ?? '',
    operator: rule.operator ?? '',
    threshold: threshold === undefined ? '' : String(threshold),
    for: rule.for ?? '',
    hosts: hosts.join(', '),
    matchers: matchers.map(renderMatcher).join(', '),
    severity: rule.severity,
    channels: channels.join(', '),
    summary: annotations['summary'] ?? '',
    description: annotations['description'] ?? '',
    runbook: annotations['runbook_url'] ?? '',
    labels: Object.entries(labels),
    annotations: Object.entries(annotations).filter(([name]) => !ownFields.includes(name)),
    enabled: rule.enabled,
  };
}

/** Returns the API's body. Throws an Error for invalid matchers. The API checks the other fields. */
export function toBody(draft: RuleDraft): RuleBody {
  const isMetric = draft.source === 'metric';
  const matchers = isMetric ? parseMatchers(draft.matchers) : [];
  const hosts = isMetric ? hostsOf(draft.hosts) : [];
  const annotations = {
    ...present({ summary: draft.summary, description: draft.description, runbook_url: draft.runbook }),
    ...Object.fromEntries(filled(draft.annotations)),
  };
  const { operator } = draft;
  const threshold = draft.threshold.trim();
  return {
    name: draft.name.trim(),
    ...(isMetric ? { metric: draft.metric } : { expr: draft.expr }),
    ...(operator === '' ? {} : { operator }),
    // An invalid number is sent unchanged: the API's message names the expected value.
    ...(operator === '' || threshold === '' ? {} : { threshold: numberOr(threshold) }),
    ...present({ for: draft.for }),
    ...(hosts.length === 0 ? {} : { hosts }),
    ...(matchers.length === 0 ? {} : { matchers }),
    severity: draft.severity,
    channels: listOf(draft.channels),
    labels: Object.fromEntries(filled(draft.labels)),
    annotations,
    enabled: draft.enabled,
  };
}

function numberOr(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : (text as unknown as number);
}

export function listOf(text: string): readonly string[] {
  return text
    .split(/[,\s]+/)
    .map((each) => each.trim())
    .filter(Boolean);
}

/** Splits at commas: names of hosts can contain blanks. */
function hostsOf(text: string): readonly string[] {
  return text
    .split(/[,\n]+/)
    .map((each) => each.trim())
    .filter(Boolean);
}

function filled(pairs: readonly Pair[]): readonly Pair[] {
  return pairs
    .map(([name, value]) => [name.trim(), value] as const)
    .filter(([name, value]) => name !== '' || value !== '');
}

function present<T extends Readonly<Record<string, string>>>(texts: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(texts)
      .map(([name, text]) => [name, text.trim()])
      .filter(([, text]) => text !== ''),
  ) as Partial<T>;
}
