/** The links of a message. They point to the gateway's page if `public_url` is set. */
import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { matcher, renderSelector } from '../../common/catalogue/expression.ts';
import { alertPath, graphPath, newSilencePath } from '../../common/page/paths.ts';
import type { Episode } from '../../common/store/alert-history.ts';
import type { MessageLinks } from './message.ts';

/** Time that the graph shows before and after an episode. */
const marginMs = 30 * 60_000;

export function linksOf(episode: Episode, publicUrl: string | undefined): MessageLinks {
  const runbook = tryWebUrl(episode.annotations['runbook_url'] ?? episode.annotations['runbook']);
  const generator = tryWebUrl(episode.generator_url ?? undefined);
  if (publicUrl === undefined) return { graph: generator, alert: undefined, silence: undefined, runbook };
  const { expr } = episode.annotations;
  return {
    graph: expr === undefined ? generator : `${publicUrl}${graphPath(graphOf(episode, expr))}`,
    alert: `${publicUrl}${alertPath(episode.id)}`,
    silence: `${publicUrl}${newSilencePath(matcherOf(episode.labels))}`,
    runbook,
  };
}

/** Returns an Alertmanager filter that matches exactly these labels: `{alertname="X",instance="web-1"}`. */
export function matcherOf(labels: Readonly<Record<string, string>>): string {
  const matchers = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${matchers.join(',')}}`;
}

/** Limits the graph to the alert's host. */
function graphOf({ labels, starts_at, ends_at }: Episode, rule: string): Parameters<typeof graphPath>[0] {
  const { instance } = labels;
  const expr = instance === undefined ? rule : narrowToHost(rule, instance);
  const start = new Date(starts_at - marginMs).toISOString();
  return { expr, start, ...(ends_at === null ? {} : { end: new Date(ends_at + marginMs).toISOString() }) };
}

/** Accepts only http and https: annotations are not trusted. */
function tryWebUrl(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}

/** With these, the `instance` of the result can differ from the `instance` of the selected series. */
const relabelling = /\b(?:label_replace|label_join|group_left|group_right)\b/;

/**
 * Adds the host to each selector without an `instance` matcher. Returns the expression unchanged if that may change its
 * meaning, or if it does not parse.
 */
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
