/** Expressions of metrics: a tree over exported families, defined once. `promql.ts` renders it for every tier and operation. */

/** Untrusted text becomes PromQL only by matchers, escaped, so that no name or value can inject PromQL. */
export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  /** The value or regular expression, not quoted. */
  readonly value: string;
}

export type Expression =
  | { readonly kind: 'counter' | 'gauge'; readonly family: string; readonly where: readonly Matcher[] }
  | {
      readonly kind: 'sum' | 'count' | 'avg';
      readonly without: readonly string[];
      readonly of: Expression;
    }
  | { readonly kind: 'minus' | 'plus'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'total'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'scaled'; readonly factor: number; readonly of: Expression }
  | { readonly kind: 'percent'; readonly part: Expression; readonly whole: Expression };

/** Reads a family as its increase per second. */
export function counter(family: string, ...where: readonly Matcher[]): Expression {
  return { kind: 'counter', family, where };
}

/** Reads a family's value. */
export function gauge(family: string, ...where: readonly Matcher[]): Expression {
  return { kind: 'gauge', family, where };
}

/** Sums over the named labels. */
export function sumWithout(without: readonly string[], of: Expression): Expression {
  return { kind: 'sum', without, of };
}

/** Counts series over the named labels. */
export function countWithout(without: readonly string[], of: Expression): Expression {
  return { kind: 'count', without, of };
}

/** Averages over the named labels. A single series loses only its name. */
export function avgWithout(without: readonly string[], of: Expression): Expression {
  return { kind: 'avg', without, of };
}

export function minus(left: Expression, right: Expression): Expression {
  return { kind: 'minus', left, right };
}

/** Adds two expressions. A series that lacks either side has no value. */
export function plus(left: Expression, right: Expression): Expression {
  return { kind: 'plus', left, right };
}

/** Adds two expressions of which a host may lack one, which then counts as 0. A host that lacks both has no value. */
export function total(left: Expression, right: Expression): Expression {
  return { kind: 'total', left, right };
}

/** Returns factor x expression. */
export function scaled(factor: number, of: Expression): Expression {
  return { kind: 'scaled', factor, of };
}

/** Returns 100 x part / whole. No value where `whole` is 0. */
export function percent(part: Expression, whole: Expression): Expression {
  return { kind: 'percent', part, whole };
}

/** Returns the families that the expression reads, without duplicates. */
export function familiesOf(expression: Expression): readonly string[] {
  return [...new Set(leavesOf(expression).map((leaf) => leaf.family))];
}

/** Returns whether any part of the expression is a counter. */
export function readsCounters(expression: Expression): boolean {
  return leavesOf(expression).some((leaf) => leaf.kind === 'counter');
}

type Leaf = Extract<Expression, { kind: 'counter' | 'gauge' }>;

function leavesOf(expression: Expression): readonly Leaf[] {
  switch (expression.kind) {
    case 'counter':
    case 'gauge':
      return [expression];
    case 'sum':
    case 'count':
    case 'avg':
    case 'scaled':
      return leavesOf(expression.of);
    case 'minus':
    case 'plus':
    case 'total':
      return [...leavesOf(expression.left), ...leavesOf(expression.right)];
    case 'percent':
      return [...leavesOf(expression.part), ...leavesOf(expression.whole)];
  }
}
