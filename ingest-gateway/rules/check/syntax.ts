/** PromQL as a tree: where a text is none, and what a condition compares. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { type Operator, operators } from '../schema.ts';

export interface SyntaxFault {
  readonly message: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** The first place at which the text is no PromQL; undefined where it is. Prometheus has the last word. */
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
  /** What is compared: the rule without its threshold. */
  readonly bare: string;
  readonly operator: Operator;
  readonly threshold: number;
}

/** The parts of `bare > 5`; undefined where the outermost operation is no comparison with a number. */
export function tryComparison(text: string): Comparison | undefined {
  const node = unwrap(parser.parse(text).topNode.firstChild);
  if (node?.name !== 'BinaryExpr') return undefined;
  const parts = childrenOf(node);
  const [left, sign, right] = parts;
  const isNumber = right?.name === 'NumberDurationLiteral' || right?.name === 'UnaryExpr';
  if (parts.length !== 3 || left === undefined || sign === undefined || right === undefined || !isNumber)
    return undefined; // with more parts: bool, on, ignoring
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
