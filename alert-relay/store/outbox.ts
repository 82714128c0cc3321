/** The outbox: pending notifications as one durable queue a channel, in order within an episode. */
import { type ExpressionBuilder, sql } from 'kysely';
import type { Database, NotificationRow, NotificationsTable, StoreSchema } from '../../common/store/schema.ts';
import { type NotificationKey, pending } from './notifications.ts';

export interface NewNotification extends NotificationKey {
  readonly channel: string;
  readonly nowMs: number;
}

/** Puts a message in the channel's queue; one that waits there already stays alone. */
export function enqueueNotification(db: Database, message: NewNotification): Promise<void> {
  return enqueueNotifications(db, [message]);
}

/** Of one statement, with ten values each: SQLite binds 32,766 in it. */
const rowsAtOnce = 1_000;

/** The same of many, in this order. */
export async function enqueueNotifications(db: Database, messages: readonly NewNotification[]): Promise<void> {
  for (let from = 0; from < messages.length; from += rowsAtOnce)
    await db
      .insertInto('notifications')
      .values(
        messages.slice(from, from + rowsAtOnce).map(({ episodeId, status, channel, nowMs }) => ({
          episode_id: episodeId,
          channel,
          status,
          state: 'pending' as const,
          attempts: 0,
          created_at: nowMs,
          next_attempt_at: nowMs,
          settled_at: null,
          reason: null,
          receipt: null,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['episode_id', 'channel', 'status']).where('state', '=', pending).doNothing(),
      )
      .execute();
}

/**
 * The channel's next message whether due or not: the one whose attempt is due first among those that wait for no
 * earlier message of their own episode.
 */
export function tryNextNotification(db: Database, channel: string): Promise<NotificationRow | undefined> {
  return db
    .selectFrom('notifications as next')
    .selectAll()
    .where('channel', '=', channel)
    .where('state', '=', pending)
    .where(waitsForNone)
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

export interface AlikeSearch {
  readonly row: NotificationRow;
  readonly nowMs: number;
  readonly limit: number;
}

/**
 * The messages that are due on the row's channel and say the same as it of other hosts, the row's own among them: same
 * status, alert and severity. Oldest first; each waits for no earlier message of its own episode.
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
    .where(waitsForNone)
    .orderBy('next.id')
    .limit(limit)
    .execute();
}

/** True of messages whose episode has no earlier one waiting on their channel. */
function waitsForNone(where: ExpressionBuilder<StoreSchema & { next: NotificationsTable }, 'next'>) {
  return where.not(
    where.exists(
      where
        .selectFrom('notifications as earlier')
        .select(sql<number>`1`.as('found'))
        .whereRef('earlier.episode_id', '=', 'next.episode_id')
        .whereRef('earlier.channel', '=', 'next.channel')
        .whereRef('earlier.id', '<', 'next.id')
        .where('earlier.state', '=', pending),
    ),
  );
}

export interface Settlement {
  readonly ids: readonly number[];
  /** Why they are given up; null: they were delivered. */
  readonly reason: string | null;
  readonly receipt?: string | undefined;
  readonly nowMs: number;
}

/** Ends messages, all or none, as delivered or as dead with the reason. */
export async function settleNotifications(db: Database, { ids, reason, receipt, nowMs }: Settlement): Promise<void> {
  await db
    .updateTable('notifications')
    .set(({ eb }) => ({
      state: reason === null ? 'delivered' : 'dead',
      attempts: eb('attempts', '+', 1),
      settled_at: nowMs,
      reason,
      receipt: receipt ?? null,
    }))
    .where('id', 'in', ids)
    .execute();
}

/** Leaves messages in the queue until `nextAttemptAtMs`. */
export async function postponeNotifications(
  db: Database,
  {
    ids,
    reason,
    nextAttemptAtMs,
  }: { readonly ids: readonly number[]; readonly reason: string; readonly nextAttemptAtMs: number },
): Promise<void> {
  await db
    .updateTable('notifications')
    .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), next_attempt_at: Math.ceil(nextAttemptAtMs), reason }))
    .where('id', 'in', ids)
    .execute();
}

export interface OutboxDepth {
  readonly channel: string;
  readonly length: number;
  readonly oldestAtMs: number;
}

/** Each channel that has messages waiting. */
export async function outboxDepths(db: Database): Promise<readonly OutboxDepth[]> {
  const rows = await db
    .selectFrom('notifications')
    .select(({ fn }) => ['channel', fn.countAll<number>().as('length'), fn.min('created_at').as('oldest')])
    .where('state', '=', pending)
    .groupBy('channel')
    .orderBy('channel')
    .execute();
  return rows.map(({ channel, length, oldest }) => ({ channel, length: Number(length), oldestAtMs: Number(oldest) }));
}

export interface Orphans {
  /** Those that are configured. */
  readonly channels: readonly string[];
  readonly createdBeforeMs: number;
  readonly nowMs: number;
}

/** Gives up old messages for channels that are not configured any more; answers the channel of each. */
export async function expireOrphans(
  db: Database,
  { channels, createdBeforeMs, nowMs }: Orphans,
): Promise<readonly string[]> {
  const rows = await db
    .updateTable('notifications')
    .set({ state: 'dead', settled_at: nowMs, reason: 'channel_removed: the channel is not configured' })
    .where('state', '=', pending)
    .where('created_at', '<', createdBeforeMs)
    .$if(channels.length > 0, (query) => query.where('channel', 'not in', channels))
    .returning('channel')
    .execute();
  return rows.map(({ channel }) => channel);
}
