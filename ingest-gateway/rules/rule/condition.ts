/** The PromQL of a rule: the expression that Prometheus evaluates, its comparison, and where a text is not PromQL. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { LabelMatcher } from '../../../common/alertmanager/matchers.ts';
import { metricByName } from '../../../common/catalogue/index.ts';
import { anyOf, type Matcher, matcher } from '../../../common/catalogue/matcher.ts';
import { currentExpression } from '../../../common/catalogue/queries.ts';
import { type Operator, operators, type RuleDefinition } from './schema.ts';

export interface Condition {
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

export interface SyntaxFault {
  readonly message: string;
  /** Line and column count from 1. */
  readonly line: number;
  readonly column: number;
}

/** Returns the first syntax error. Undefined does not mean that the text is valid: Prometheus also checks types and functions. */
export function trySyntaxFault(text: string): SyntaxFault | undefined {
  let at: number | undefined;
  parser.parse(text).iterate({
    enter: ({ type, from }) => {
      if (type.isError) at ??= from;
    },
  });
  if (at === undefined) return undefined;
  const before = text.slice(0, at).split('\n');
  const rest = text.slice(at).trim();
  const got = rest === '' ? 'the end of the text' : JSON.stringify(rest.length > 40 ? `${rest.slice(0, 40)}...` : rest);
  return { message: `not PromQL here: ${got}`, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

export interface Comparison {
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
