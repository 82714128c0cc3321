/** Chooses what a worker sends next: one notification, or a group of similar ones as one message. */

import { sql } from 'kysely';
import { type Episode, toEpisode, tryEpisode } from '../../common/store/relay-records.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import type { Channel } from '../channel/channel.ts';
import { dueAlike, pending } from '../store/notifications.ts';

/** Notifications that are delivered together. */
export interface Batch {
  /** The notification that is due first. */
  readonly row: NotificationRow;
  /** All of them, `row` included. */
  readonly rows: readonly NotificationRow[];
  /** `group`: sent as one new message. `member`: added to an existing group message. */
  readonly kind: 'single' | 'group' | 'member';
  /** Receipt of the message that this one follows or changes. */
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
  const owner = await tryOwner(row, previous, { db, channel });
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

/** Returns the receipt of the row's group message. New alerts join a group until all its alerts are resolved. */
async function tryOwner(
  { episode_id, status }: NotificationRow,
  previous: string | undefined,
  { db, channel: { name: channel } }: Omit<BatchOptions, 'nowMs'>,
): Promise<string | undefined> {
  if (previous !== undefined) {
    const episodes = await countEpisodesOfReceipt(db, { channel, receipt: previous });
    return episodes > 1 ? previous : undefined;
  }
  const episode: Episode | undefined = status === 'firing' ? await tryEpisode(db, episode_id) : undefined;
  if (episode === undefined) return undefined;
  const { alertname, severity } = episode;
  return tryOpenGroupReceipt(db, { channel, alertname, severity });
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

interface ReceiptKey {
  readonly channel: string;
  readonly receipt: string;
}

/** Returns the episodes of the message with this receipt, oldest first. */
export async function episodesOfReceipt(db: Database, { channel, receipt }: ReceiptKey): Promise<readonly Episode[]> {
  const rows = await db
    .selectFrom('alert_history')
    .selectAll()
    .where('id', 'in', (where) =>
      where
        .selectFrom('notifications')
        .select('episode_id')
        .where('channel', '=', channel)
        .where('receipt', '=', receipt),
    )
    .orderBy('id')
    .execute();
  return rows.map(toEpisode);
}

/** Returns the number of episodes of the message with this receipt. */
async function countEpisodesOfReceipt(db: Database, { channel, receipt }: ReceiptKey): Promise<number> {
  const { count } = await db
    .selectFrom('notifications')
    .select(sql<number>`count(distinct episode_id)`.as('count'))
    .where('channel', '=', channel)
    .where('receipt', '=', receipt)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Returns the newest group message of this alert and severity that still has a firing episode. */
async function tryOpenGroupReceipt(
  db: Database,
  { channel, alertname, severity }: { readonly channel: string } & Pick<Episode, 'alertname' | 'severity'>,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('notifications as sent')
    .innerJoin('alert_history as episode', 'episode.id', 'sent.episode_id')
    .select('sent.receipt')
    .where('sent.channel', '=', channel)
    .where('sent.state', '!=', pending)
    .where('sent.receipt', 'is not', null)
    .where('episode.alertname', '=', alertname)
    .where(sql<boolean>`coalesce(episode.severity, '') = ${severity ?? ''}`)
    .where('episode.closed_at', 'is', null)
    .where((where) =>
      where.exists(
        where
          .selectFrom('notifications as other')
          .select('other.id')
          .whereRef('other.channel', '=', 'sent.channel')
          .whereRef('other.receipt', '=', 'sent.receipt')
          .whereRef('other.episode_id', '!=', 'sent.episode_id'),
      ),
    )
    .orderBy('sent.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.receipt ?? undefined;
}
