/**
 * Composes the next message of a channel's worker, at the time of sending: selects one notification, or a group of similar
 * notifications, and renders the content of the message with its links.
 */
import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { type ExpressionBuilder, sql } from 'kysely';
import { matchersOf, renderMatcher, renderMatchers } from '../../common/alertmanager/matchers.ts';
import { alertPath, graphPath, newSilencePath } from '../../common/page/paths.ts';
import { type Episode, setValueAtResolve, tryEpisode } from '../../common/store/relay-records.ts';
import type { Database, NotificationRow, NotificationsTable, StoreSchema } from '../../common/store/schema.ts';
import type { Channel } from '../channel/channel.ts';
import { tryGroupReceipt } from '../store/group-receipts.ts';
import { isOldestOfEpisode, pending, wasDeliveredBefore } from '../store/outbox.ts';
import type { Message, MessageLinks } from '../text/message.ts';
import { roundRawValue } from '../text/text.ts';
import type { ValueAtResolve } from './resolve-value.ts';

/** Notifications that are delivered together. */
export interface Batch {
  /** The notification that is due first. */
  readonly row: NotificationRow;
  /** All of them, `row` included. */
  readonly rows: readonly NotificationRow[];
  /** `group`: sent as one new message. `member`: added to an existing group message. */
  readonly kind: 'single' | 'group' | 'member';
  /** Receipt of the message that this message follows or changes. */
  readonly previous: string | undefined;
  /** Ids of the rows whose episodes have a message in the channel. */
  readonly known: ReadonlySet<number>;
}

export interface BatchOptions {
  readonly db: Database;
  readonly channel: Channel;
  readonly nowMs: number;
}

/** Up to this many alerts of one name and severity are sent as single messages. */
const maxSingles = 5;
/** Maximum notifications of one message: SQLite binds up to 32,766 values in a statement. */
const batchLimit = 5_000;

/** Returns the batch of the row. It has at most one row of an episode, the oldest, so that an episode stays in order. */
export async function chooseBatch(row: NotificationRow, { db, channel, nowMs }: BatchOptions): Promise<Batch> {
  const { name, groups } = channel;
  const alike = groups === undefined ? [row] : await dueAlike(db, { row, nowMs, limit: batchLimit });
  const receipts = await latestReceipts(db, {
    channel: name,
    episodeIds: [row.episode_id, ...alike.map(({ episode_id }) => episode_id)],
  });
  const previous = receipts.get(row.episode_id);
  const batchOf = (rows: readonly NotificationRow[], kind: Batch['kind'], place = previous): Batch => {
    const known = rows.filter(({ episode_id }) => receipts.has(episode_id)).map(({ id }) => id);
    return { row, rows, kind, previous: place, known: new Set(known) };
  };
  if (groups?.canUpdate !== true) return alike.length > maxSingles ? batchOf(alike, 'group') : batchOf([row], 'single');
  const owner = await tryGroupReceipt(db, row, previous);
  if (owner !== undefined) {
    const joins = row.status === 'firing' ? owner : undefined;
    return batchOf(
      alike.filter(({ episode_id }) => (receipts.get(episode_id) ?? joins) === owner),
      'member',
      owner,
    );
  }
  if (previous !== undefined) return batchOf([row], 'single'); // the episode has its own message, which is updated
  const fresh = alike.filter(({ episode_id }) => !receipts.has(episode_id));
  return fresh.length > maxSingles ? batchOf(fresh, 'group') : batchOf([row], 'single');
}

/** Returns the channel's newest receipt for each episode that has one. */
async function latestReceipts(
  db: Database,
  { channel, episodeIds }: { readonly channel: string; readonly episodeIds: readonly number[] },
): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom('notifications')
    .select(['episode_id', 'receipt'])
    .where('channel', '=', channel)
    .where('episode_id', 'in', episodeIds)
    .where('receipt', 'is not', null)
    .orderBy('id')
    .execute();
  return new Map(rows.flatMap(({ episode_id, receipt }) => (receipt === null ? [] : [[episode_id, receipt] as const])));
}

export interface AlikeSearch {
  readonly row: NotificationRow;
  readonly nowMs: number;
  readonly limit: number;
}

/**
 * Returns the due notifications of the row's channel with the same status, alert name and severity, oldest first. The row
 * itself is among them. Each is the oldest pending one of its episode; a resolution follows a delivered firing.
 */
export function dueAlike(db: Database, { row, nowMs, limit }: AlikeSearch): Promise<readonly NotificationRow[]> {
  return db
    .selectFrom('notifications as next')
    .innerJoin('alert_history as own', 'own.id', 'next.episode_id')
    .innerJoin('alert_history as first', (join) => join.on('first.id', '=', row.episode_id))
    .selectAll('next')
    .where('next.channel', '=', row.channel)
    .where('next.state', '=', pending)
    .where('next.status', '=', row.status)
    .where('next.next_attempt_at', '<=', nowMs)
    .whereRef('own.alertname', '=', 'first.alertname')
    .where(sql<boolean>`coalesce(own.severity, '') = coalesce(first.severity, '')`)
    .where(isOldestOfEpisode)
    .$if(row.status === 'resolved', (query) => query.where(hasDeliveredFiring))
    .orderBy('next.id')
    .limit(limit)
    .execute();
}

/** Returns a condition that is true when the channel got the firing of the episode. */
function hasDeliveredFiring(where: ExpressionBuilder<StoreSchema & { next: NotificationsTable }, 'next'>) {
  return where.exists(
    where
      .selectFrom('notifications as firing')
      .select(sql<number>`1`.as('found'))
      .whereRef('firing.episode_id', '=', 'next.episode_id')
      .whereRef('firing.channel', '=', 'next.channel')
      .where('firing.status', '=', 'firing')
      .where('firing.state', '=', 'delivered'),
  );
}

export interface RenderOptions {
  readonly db: Database;
  readonly publicUrl: string | undefined;
  readonly timeZone: string;
  readonly now: () => number;
  /** Returns the value of the rule's expression at the end of the episode, or undefined if unknown. Does not throw. */
  readonly tryValueAtResolve: (episode: Episode) => Promise<ValueAtResolve>;
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
  const atResolve = isResolved ? await valueAtResolve(episode, options) : undefined;
  const isHostDown = atResolve === 'host down';
  return {
    id,
    status,
    isReminder,
    isAnnounced: episode.resolution !== 'not_announced',
    isHostDown,
    episodeId: episode.id,
    fingerprint: episode.fingerprint,
    alertname: episode.alertname,
    severity: episode.severity ?? undefined,
    host: episode.host ?? undefined,
    metric: tryText(labels['metric']) ?? tryText(annotations['metric']),
    unit: tryText(annotations['unit']),
    value: isResolved ? numberOf(atResolve) : tryNumber(annotations['value']),
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

function numberOf(value: ValueAtResolve): number | undefined {
  return value === 'host down' ? undefined : value;
}

/** Returns the value at the end of the episode. Stores the first answer, so that every channel and every attempt shows the same value. */
async function valueAtResolve(episode: Episode, { db, tryValueAtResolve }: RenderOptions): Promise<ValueAtResolve> {
  if (episode.value_at_resolve !== null) return episode.value_at_resolve;
  const value = await tryValueAtResolve(episode);
  return typeof value === 'number' && Number.isFinite(value) ? setValueAtResolve(db, episode.id, value) : value;
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
