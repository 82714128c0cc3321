/**
 * `notifications`: every notification to a channel. The pending ones are the outbox: one durable queue for each channel, in
 * order within an episode.
 */
import { type ExpressionBuilder, sql } from 'kysely';
import type {
  Database,
  NotificationRow,
  NotificationStatus,
  NotificationsTable,
  StoreSchema,
} from '../../common/store/schema.ts';

/** A literal, not a parameter: a partial index over pending rows is used only if the query's text implies its condition. */
export const pending = sql.lit('pending' as const);

export interface NotificationKey {
  readonly episodeId: number;
  readonly status: NotificationStatus;
}

/** Returns the channels that have this notification pending, or delivered since `sinceMs`. */
export async function notifiedChannels(
  db: Database,
  { episodeId, status }: NotificationKey,
  sinceMs: number,
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('notifications')
    .select('channel')
    .where('episode_id', '=', episodeId)
    .where('status', '=', status)
    .where((where) =>
      where.or([
        where('state', '=', pending),
        where.and([where('state', '=', 'delivered'), where('settled_at', '>=', sinceMs)]),
      ]),
    )
    .execute();
  return new Set(rows.map(({ channel }) => channel));
}

/** Returns the channels that a firing of the episode was queued for, whether or not it was delivered. */
export async function firingChannels(db: Database, episodeId: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('notifications')
    .select('channel')
    .distinct()
    .where('episode_id', '=', episodeId)
    .where('status', '=', 'firing')
    .execute();
  return rows.map(({ channel }) => channel);
}

/** Returns all notifications of an episode, oldest first. */
export function notificationsOf(db: Database, episodeId: number): Promise<readonly NotificationRow[]> {
  return db.selectFrom('notifications').selectAll().where('episode_id', '=', episodeId).orderBy('id').execute();
}

/** Returns whether the channel got a notification of the episode with this status before the given one. */
export async function wasDeliveredBefore(
  db: Database,
  { id, episode_id, channel, status }: Pick<NotificationRow, 'id' | 'episode_id' | 'channel' | 'status'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('notifications')
    .select('id')
    .where('episode_id', '=', episode_id)
    .where('channel', '=', channel)
    .where('status', '=', status)
    .where('state', '=', 'delivered')
    .where('id', '<', id)
    .executeTakeFirst();
  return row !== undefined;
}

export interface NewNotification extends NotificationKey {
  readonly channel: string;
  readonly nowMs: number;
}

/** Rows of one statement: SQLite binds up to 32,766 values, and a row has ten. */
const rowsAtOnce = 1_000;

/** Queues notifications in this order. A notification that is pending already is not queued twice. */
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
 * Returns the channel's next notification, due or not. A notification waits until all earlier ones of its episode have left
 * the queue; of the others, the one with the earliest attempt is next.
 */
export function tryNextNotification(db: Database, channel: string): Promise<NotificationRow | undefined> {
  return db
    .selectFrom('notifications as next')
    .selectAll()
    .where('channel', '=', channel)
    .where('state', '=', pending)
    .where(isOldestOfEpisode)
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** True where the episode has no earlier pending notification on the channel. */
export function isOldestOfEpisode(where: ExpressionBuilder<StoreSchema & { next: NotificationsTable }, 'next'>) {
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
  /** Null: delivered. Otherwise why the notifications are dead letters. */
  readonly reason: string | null;
  readonly receipt?: string | undefined;
  readonly nowMs: number;
}

/** Ends notifications as delivered or as dead letters. */
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

/** Keeps notifications in the queue until `nextAttemptAtMs`. */
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
