/** A stored alert rule: its row in the table `alert_rules`, and the file rendered from the row, as Prometheus loads it. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Selectable } from 'kysely';
import { stringify } from 'yaml';
import type { LabelMatcher } from '../../../common/alertmanager/matchers.ts';
import { type Matcher } from '../../../common/catalogue/expression.ts';
import { metricByName } from '../../../common/catalogue/metrics.ts';
import { anyOf, currentExpression, matcher } from '../../../common/catalogue/promql.ts';
import { renderDuration } from '../../../common/program/settings/units.ts';
import type { AlertingRule } from '../../../common/prometheus/rule-file.ts';
import { LeaseLost } from '../../../common/store/leases.ts';
import type { AlertRulesTable, Database } from '../../../common/store/schema.ts';
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

export interface AlertRule {
  readonly ruleId: string;
  readonly name: string;
  /** A `RuleDefinition` as JSON. */
  readonly definition: string;
  /** 1 for a new rule; each change adds 1. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
}

/** Returns the rules in the order of their names. */
export async function listAlertRules(db: Database): Promise<readonly AlertRule[]> {
  const rows = await db.selectFrom('alert_rules').selectAll().orderBy('name').execute();
  return rows.map(toAlertRule);
}

export async function tryAlertRule(db: Database, ruleId: string): Promise<AlertRule | undefined> {
  const row = await db.selectFrom('alert_rules').selectAll().where('rule_id', '=', ruleId).executeTakeFirst();
  return row === undefined ? undefined : toAlertRule(row);
}

export async function tryAlertRuleNamed(db: Database, name: string): Promise<AlertRule | undefined> {
  const row = await db.selectFrom('alert_rules').selectAll().where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : toAlertRule(row);
}

/**
 * Inserts a rule of revision 1, or replaces the revision before. Throws the database's error if another rule has the name, and a
 * `LeaseLost` if another gateway changed the rule meanwhile.
 */
export async function saveAlertRule(db: Database, rule: AlertRule): Promise<void> {
  const { ruleId, name, definition, revision, createdAtMs, updatedAtMs, updatedBy } = rule;
  const changed = { name, definition, revision, updated_at: updatedAtMs, updated_by: updatedBy };
  if (revision === 1) {
    await db
      .insertInto('alert_rules')
      .values({ rule_id: ruleId, created_at: createdAtMs, ...changed })
      .execute();
    return;
  }
  const { numUpdatedRows } = await db
    .updateTable('alert_rules')
    .set(changed)
    .where('rule_id', '=', ruleId)
    .where('revision', '=', revision - 1)
    .executeTakeFirst();
  requireChange(numUpdatedRows, rule);
}

/** Throws a `LeaseLost` if another gateway changed the rule meanwhile. */
export async function deleteAlertRule(db: Database, rule: Pick<AlertRule, 'ruleId' | 'revision'>): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('alert_rules')
    .where('rule_id', '=', rule.ruleId)
    .where('revision', '=', rule.revision)
    .executeTakeFirst();
  requireChange(numDeletedRows, rule);
}

/** Only the holder of the edit lock changes rules: another revision in the database means that the lock went to another gateway. */
function requireChange(rows: bigint, { ruleId, revision }: Pick<AlertRule, 'ruleId' | 'revision'>): void {
  if (rows === 0n)
    throw new LeaseLost(`${ruleId} was changed by another gateway; expected to write revision ${revision}`);
}

/** Returns the name by which this database marks its rule files. */
export async function readRuleFileOwner(db: Database): Promise<string> {
  return (await db.selectFrom('rule_file_owner').select('owner').executeTakeFirstOrThrow()).owner;
}

function toAlertRule(row: Selectable<AlertRulesTable>): AlertRule {
  return {
    ruleId: row.rule_id,
    name: row.name,
    definition: row.definition,
    revision: row.revision,
    createdAtMs: Number(row.created_at),
    updatedAtMs: Number(row.updated_at),
    updatedBy: row.updated_by,
  };
}
