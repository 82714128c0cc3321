/** The links of a message, into our own page where `public_url` names it. Its routes follow Alertmanager's page. */
import type { Episode } from '../common/store/alert-history.ts';
import type { MessageLinks } from './message.ts';

/** Shown before and after an episode. */
const marginMs = 30 * 60_000;

export function linksOf(episode: Episode, publicUrl: string | undefined): MessageLinks {
  const runbook = tryWebUrl(episode.annotations['runbook_url'] ?? episode.annotations['runbook']);
  const generator = tryWebUrl(episode.generator_url ?? undefined);
  if (publicUrl === undefined) return { graph: generator, alert: undefined, silence: undefined, runbook };
  const { expr } = episode.annotations;
  return {
    graph: expr === undefined ? generator : `${publicUrl}/#/graph?${graphQuery(episode, expr)}`,
    alert: `${publicUrl}/#/alerts/${episode.id}`,
    silence: `${publicUrl}/#/silences/new?${renderQuery({ filter: matcherOf(episode.labels) })}`,
    runbook,
  };
}

/** An Alertmanager filter that matches exactly these labels: `{alertname="X",instance="web-1"}`. */
export function matcherOf(labels: Readonly<Record<string, string>>): string {
  const matchers = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${matchers.join(',')}}`;
}

function graphQuery({ starts_at, ends_at }: Episode, expression: string): string {
  const start = new Date(starts_at - marginMs).toISOString();
  const end = ends_at === null ? {} : { end: new Date(ends_at + marginMs).toISOString() };
  return renderQuery({ expr: expression, start, ...end });
}

/** With `%20` for blanks: after a `#` not every reader takes `+` for one. */
function renderQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** Annotations come from rules that anyone may have written: nothing but http and https becomes a link. */
function tryWebUrl(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}
