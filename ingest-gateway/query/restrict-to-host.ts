/** Restricts PromQL to one host: adds `instance="HOST"` to every selector, for callers that are bound to a host. */
import type { Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { matcher, renderMatcher } from '../../common/catalogue/promql.ts';
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';

/**
 * Returns the expression with the matcher in every selector; unchanged for a caller that is not bound.
 *
 * Uses the grammar of Prometheus' web UI. Throws 400 for text that the grammar does not accept, because a selector in such text
 * might be missed.
 */
export function restrictToHost(expression: string, principal: Principal | undefined): string {
  const host = principal?.host;
  if (host === undefined) return expression;
  const text = expression.replaceAll(/\r\n?/g, '\n'); // a comment ends at CR for Prometheus, and not for the grammar
  const added = renderMatcher(matcher('instance', host));
  const edits: { readonly at: number; readonly insert: string }[] = [];
  parse(text, host).iterate({
    enter({ name, node }) {
      if (name !== 'VectorSelector') return;
      const matchers = node.getChild('LabelMatchers');
      if (matchers === null) edits.push({ at: node.to, insert: `{${added}}` });
      else edits.push({ at: matchers.from + 1, insert: matchers.firstChild === null ? added : `${added},` });
    },
  });
  let restricted = '';
  let end = 0;
  for (const { at, insert } of edits) {
    restricted += text.slice(end, at) + insert;
    end = at;
  }
  return restricted + text.slice(end);
}

/** Returns the selectors of `match[]`, restricted; by default every series of the host for a bound caller, and none for another. */
export function restrictSelectors(
  selectors: readonly string[] | undefined,
  principal: Principal | undefined,
): readonly string[] {
  if (principal?.host === undefined) return selectors ?? [];
  const given = selectors ?? [];
  return given.length === 0
    ? [`{${renderMatcher(matcher('instance', principal.host))}}`]
    : given.map((selector) => restrictToHost(selector, principal));
}

/** Fails at the first error: recovery from many errors takes seconds. */
const strictParser = parser.configure({ strict: true });

function parse(expression: string, host: string): Tree {
  try {
    return strictParser.parse(expression);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const at = Number(/\d+$/.exec(error.message)?.[0] ?? 0); // "No parse at 12"
    throw notParsed(expression, at, host);
  }
}

function notParsed(expression: string, at: number, host: string): HttpProblem {
  const near = JSON.stringify(expression.slice(at, at + 30));
  const message = `expected PromQL; the text at character ${at + 1} is none: ${near}. The credential is bound to the host ${host}, so every selector must be readable`;
  return new HttpProblem(400, 'the parameters are not valid', { errors: [{ path: 'query', message }] });
}
