/** Fourth stage: renders a notification as a message at the time it is sent. */

import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { matchersOf, renderMatcher, renderMatchers } from '../../common/alertmanager/matchers.ts';
import { alertPath, graphPath, newSilencePath } from '../../common/page/paths.ts';
import { type Episode, episodesById, setValueAtResolve, tryEpisode } from '../../common/store/relay-records.ts';
import type { Database, NotificationRow, NotificationStatus } from '../../common/store/schema.ts';
import { wasDeliveredBefore } from '../store/notifications.ts';
import type { GroupMessage, GroupNews, Message, MessageLinks } from '../text/message.ts';
import { roundRawValue } from '../text/text.ts';
import { type Batch, episodesOfReceipt } from './batch.ts';

export interface RenderOptions {
  readonly db: Database;
  readonly publicUrl: string | undefined;
  readonly timeZone: string;
  readonly now: () => number;
  /** Returns the value of the rule's expression at the end of the episode, or undefined if unknown. Does not throw. */
  readonly tryValueAtResolve: (episode: Episode) => Promise<number | undefined>;
}

/** Throws the errors of the database. */
export async function renderMessage(row: NotificationRow, options: RenderOptions): Promise<Message> {
  const episode = await tryEpisode(options.db, row.episode_id);
  if (episode === undefined) throw new Error(`notification ${row.id} has no episode ${row.episode_id}`);
  const { id, status } = row;
  return messageOf(episode, { id, status, isReminder: await wasDeliveredBefore(options.db, row) }, options);
}

/** Returns the message about this status of the episode. */
export async function messageOf(
  episode: Episode,
  { id, status, isReminder }: Pick<Message, 'id' | 'status' | 'isReminder'>,
  options: RenderOptions,
): Promise<Message> {
  const { annotations, labels } = episode;
  const isResolved = status === 'resolved';
  return {
    id,
    status,
    isReminder,
    isAnnounced: episode.resolution !== 'not_announced',
    episodeId: episode.id,
    fingerprint: episode.fingerprint,
    alertname: episode.alertname,
    severity: episode.severity ?? undefined,
    host: episode.host ?? undefined,
    metric: tryText(labels['metric']) ?? tryText(annotations['metric']),
    unit: tryText(annotations['unit']),
    value: isResolved ? await valueAtResolve(episode, options) : tryNumber(annotations['value']),
    threshold: tryNumber(annotations['threshold']),
    summary: tryText(annotations['summary'], annotations['value']),
    description: tryText(annotations['description'], annotations['value']),
    startsAtMs: episode.starts_at,
    endsAtMs: isResolved ? (episode.ends_at ?? undefined) : undefined,
    renderedAtMs: options.now(),
    timeZone: options.timeZone,
    labels,
    annotations,
    links: linksOf(episode, options.publicUrl),
  };
}

/** Stores the first answer, so that every channel and every attempt shows the same value. */
async function valueAtResolve(episode: Episode, { db, tryValueAtResolve }: RenderOptions): Promise<number | undefined> {
  if (episode.value_at_resolve !== null) return episode.value_at_resolve;
  const value = await tryValueAtResolve(episode);
  return value === undefined || !Number.isFinite(value) ? value : setValueAtResolve(db, episode.id, value);
}

/** Returns undefined for a blank text: a template may be empty for this alert. Rounds the raw value of the template in it. */
function tryText(text: string | undefined, rawValue?: string): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : roundRawValue(text, rawValue);
}

/** Parses a number in Prometheus' text form, including `NaN`, `+Inf` and `-Inf`. Returns undefined for any other text. */
function tryNumber(text: string | undefined): number | undefined {
  const word = text?.trim() ?? '';
  const infinite = /^([+-]?)Inf$/.exec(word);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  const value = word === '' ? Number.NaN : Number(word);
  return Number.isNaN(value) && word !== 'NaN' ? undefined : value;
}

/** Alerts that a group message lists; further ones are only counted. */
const maxShown = 20;

interface Member {
  readonly episode: Episode;
  readonly status: NotificationStatus;
}

/** Throws the errors of the database. */
export async function renderGroup(batch: Batch, options: RenderOptions): Promise<GroupMessage> {
  const [row] = batch.rows;
  const own = await episodesById(
    options.db,
    batch.rows.map(({ episode_id }) => episode_id),
  );
  const [first] = own;
  if (row === undefined || first === undefined) throw new Error('a group of notifications has no episodes');
  const members = await membersOf(batch, { own, db: options.db });
  const firing = members.filter(({ status }) => status === 'firing');
  const resolved = members.filter(({ status }) => status === 'resolved');
  const shown = [...firing, ...resolved].slice(0, maxShown);
  const ends = resolved.map(({ episode }) => episode.ends_at ?? 0);
  const startsAtMs = Math.min(...members.map(({ episode }) => episode.starts_at));
  const endsAtMs = firing.length > 0 ? undefined : Math.max(...ends);
  const labels = { alertname: first.alertname, ...(first.severity === null ? {} : { severity: first.severity }) };
  const links = linksOf({ ...first, labels, starts_at: startsAtMs, ends_at: endsAtMs ?? null }, options.publicUrl);
  return {
    id: row.id,
    alertname: first.alertname,
    severity: first.severity ?? undefined,
    firing: firing.length,
    resolved: resolved.length,
    hosts: new Set(members.map(({ episode }) => episode.host).filter((host) => host !== null)).size,
    startsAtMs,
    endsAtMs,
    renderedAtMs: options.now(),
    timeZone: options.timeZone,
    links: { ...links, alert: undefined },
    shown: await Promise.all(
      shown.map(({ episode, status }) => messageOf(episode, { id: row.id, status, isReminder: false }, options)),
    ),
    news: newsOf(batch, own),
  };
}

/** A message that is updated shows the current state of all its alerts; any other shows the alerts of this batch. */
async function membersOf(
  { rows, kind, previous }: Batch,
  { own, db }: { readonly own: readonly Episode[]; readonly db: RenderOptions['db'] },
): Promise<readonly Member[]> {
  const [row] = rows;
  const channel = row?.channel ?? '';
  if (kind !== 'member' || previous === undefined)
    return own.map((episode) => ({ episode, status: row?.status ?? 'firing' }));
  const all = new Map(own.map((episode) => [episode.id, episode]));
  for (const episode of await episodesOfReceipt(db, { channel, receipt: previous })) all.set(episode.id, episode);
  return [...all.values()]
    .sort((a, b) => a.id - b.id)
    .map((episode) => ({ episode, status: episode.closed_at === null ? 'firing' : 'resolved' }));
}

function newsOf({ rows, known }: Batch, own: readonly Episode[]): GroupNews {
  const [row] = rows;
  const fresh = rows.filter(({ id }) => !known.has(id));
  const isReminder = row?.status === 'firing' && fresh.length === 0;
  const counted = row?.status === 'firing' && !isReminder ? fresh : rows;
  const ids = new Set(counted.map(({ episode_id }) => episode_id));
  const names = own.filter(({ id }) => ids.has(id)).map(({ host, alertname }) => host ?? alertname);
  return {
    status: row?.status ?? 'firing',
    isReminder,
    count: counted.length,
    hosts: [...new Set(names)].slice(0, maxShown),
  };
}

/** Time that the graph shows before and after an episode. */
const marginMs = 30 * 60_000;

export function linksOf(episode: Episode, publicUrl: string | undefined): MessageLinks {
  const runbook = tryWebUrl(tryText(episode.annotations['runbook_url']) ?? episode.annotations['runbook']);
  const generator = tryWebUrl(episode.generator_url ?? undefined);
  if (publicUrl === undefined) return { graph: generator, alert: undefined, silence: undefined, runbook };
  const { expr } = episode.annotations;
  return {
    graph: expr === undefined ? generator : `${publicUrl}${graphPath(graphOf(episode, expr))}`,
    alert: `${publicUrl}${alertPath(episode.id)}`,
    silence: `${publicUrl}${newSilencePath(renderMatchers(matchersOf(episode.labels)))}`,
    runbook,
  };
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
 * Adds the host to each selector, whose syntax for equality is Alertmanager's, so that a rule over several hosts (`instance=~"web-1|web-2"`) is drawn for one. Returns the
 * expression unchanged if that may change its meaning, as where a selector names another host, or if it does not parse.
 */
export function narrowToHost(expression: string, host: string): string {
  if (relabelling.test(expression)) return expression;
  const own = renderMatcher({ name: 'instance', value: host, isRegex: false, isEqual: true });
  const insertions: Insertion[] = [];
  let isFixed = false;
  parser.parse(expression).iterate({
    enter(node) {
      isFixed ||= node.type.isError;
      if (node.name !== 'VectorSelector') return;
      const named = namedHosts(node, expression);
      isFixed ||= named.some((each) => each !== JSON.stringify(host));
      if (named.length === 0) insertions.push(insertionOf(node, own));
    },
  });
  if (isFixed) return expression;
  let narrowed = expression;
  for (const { at, text } of insertions.toReversed()) narrowed = narrowed.slice(0, at) + text + narrowed.slice(at);
  return narrowed;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

function insertionOf({ node, to }: SyntaxNodeRef, own: string): Insertion {
  const matchers = node.getChild('LabelMatchers');
  if (matchers === null) return { at: to, text: `{${own}}` };
  return { at: matchers.from + 1, text: matchers.firstChild === null ? own : `${own},` };
}

/** Returns the strings, as written, that the selector compares `instance` with by `=`. */
function namedHosts({ node }: SyntaxNodeRef, expression: string): readonly string[] {
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return matchers.flatMap(({ from, to }) => {
    const [, name, operator, value = ''] = /^(\w+)\s*(=~|!~|!=|=)\s*(.*)$/s.exec(expression.slice(from, to)) ?? [];
    return name === 'instance' && operator === '=' ? value : [];
  });
}
