/** A rule's expression for one host alone, as the graph of its alert shows it. */
import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { matcher, renderSelector } from '../../common/catalogue/matcher.ts';

/** Where these are, `instance` of the result need not be that of what is selected. */
const relabelling = /\b(?:label_replace|label_join|group_left|group_right)\b/;

/** Each selector that does not name an `instance` itself gets the host; the expression as it is where that may change its meaning. */
export function narrowToHost(expression: string, host: string): string {
  if (relabelling.test(expression)) return expression;
  const own = renderSelector('', [matcher('instance', host)]).slice(1, -1);
  const insertions: Insertion[] = [];
  let isBroken = false;
  parser.parse(expression).iterate({
    enter(node) {
      isBroken ||= node.type.isError;
      if (node.name === 'VectorSelector') insertions.push(...insertionsOf(node, { expression, own }));
    },
  });
  if (isBroken) return expression;
  let narrowed = expression;
  for (const { at, text } of insertions.toReversed()) narrowed = narrowed.slice(0, at) + text + narrowed.slice(at);
  return narrowed;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

function insertionsOf(
  { node, to }: SyntaxNodeRef,
  { expression, own }: { readonly expression: string; readonly own: string },
): readonly Insertion[] {
  const matchers = node.getChild('LabelMatchers');
  if (matchers === null) return [{ at: to, text: `{${own}}` }];
  const written = matchers.getChildren('UnquotedLabelMatcher').flatMap((each) => each.getChild('LabelName') ?? []);
  if (written.some(({ from, to: end }) => expression.slice(from, end) === 'instance')) return [];
  return [{ at: matchers.from + 1, text: matchers.firstChild === null ? own : `${own},` }];
}
