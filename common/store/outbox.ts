/** The outbox: pending notifications as one durable queue a channel, in order within an episode. */
import { sql } from 'kysely';
import { type NotificationKey, type NotificationRow, pending } from './notifications.ts';
import type { Database } from './schema.ts';

/** Puts a message in the channel's queue; one that waits there already stays alone. */
export async function enqueueNotification(
  db: Database,
  { episodeId, status, channel, nowMs }: NotificationKey & { readonly channel: string; readonly nowMs: number },
): Promise<void> {
  await db
    .insertInto('notifications')
    .values({
      episode_id: episodeId,
      channel,
      status,
      state: 'pending',
      attempts: 0,
      created_at: nowMs,
      next_attempt_at: nowMs,
      settled_at: null,
      reason: null,
    })
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
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('notifications as earlier')
            .select(sql<number>`1`.as('found'))
            .whereRef('earlier.episode_id', '=', 'next.episode_id')
            .whereRef('earlier.channel', '=', 'next.channel')
            .whereRef('earlier.id', '<', 'next.id')
            .where('earlier.state', '=', pending),
        ),
      ),
    )
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** Ends a message as delivered, or as dead with the reason. */
export async function settleNotification(
  db: Database,
  { id, reason, nowMs }: { readonly id: number; readonly reason: string | null; readonly nowMs: number },
): Promise<void> {
  await db
    .updateTable('notifications')
    .set(({ eb }) => ({
      state: reason === null ? 'delivered' : 'dead',
      attempts: eb('attempts', '+', 1),
      settled_at: nowMs,
      reason,
    }))
    .where('id', '=', id)
    .execute();
}

/** Leaves a message in the queue until `nextAttemptAtMs`. */
export async function postponeNotification(
  db: Database,
  { id, reason, nextAttemptAtMs }: { readonly id: number; readonly reason: string; readonly nextAttemptAtMs: number },
): Promise<void> {
  await db
    .updateTable('notifications')
    .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), next_attempt_at: nextAttemptAtMs, reason }))
    .where('id', '=', id)
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
