/** Lists the selectors of a PromQL expression, with the grammar of Prometheus' web UI. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface FoundSelector {
  readonly family: string;
  /** The matchers as text: `job=~"$job"`. */
  readonly matchers: readonly string[];
  /** The function that reads the range; undefined outside a function. */
  readonly reader: string | undefined;
  /** The range: `5m`; undefined for an instant selector. */
  readonly window: string | undefined;
  /** The text of the selector without its range. */
  readonly text: string;
}

/** Throws for invalid PromQL. */
export function selectorsIn(expression: string): readonly FoundSelector[] {
  const found: FoundSelector[] = [];
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError)
        throw new Error(`no PromQL at ${expression.slice(node.from, node.from + 30)}: ${expression}`);
      if (node.name === 'VectorSelector') found.push(selectorOf(node.node, expression));
    },
  });
  return found;
}

function selectorOf(node: SyntaxNode, expression: string): FoundSelector {
  const textOf = (part: SyntaxNode | null | undefined): string | undefined =>
    part === null || part === undefined ? undefined : expression.slice(part.from, part.to);
  const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : undefined;
  let around = matrix?.parent;
  while (around !== null && around !== undefined && around.name !== 'FunctionCall') around = around.parent;
  return {
    family: textOf(node.getChild('Identifier')) ?? '',
    matchers: (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map(
      (each) => textOf(each) as string,
    ),
    reader: matrix === undefined ? undefined : textOf(around?.getChild('FunctionIdentifier')),
    window: textOf(matrix?.lastChild),
    text: textOf(node) as string,
  };
}
