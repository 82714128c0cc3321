/** `notifications`: every message to a channel and its fate. */
import { sql } from 'kysely';
import type { Database, NotificationRow, NotificationStatus } from '../../common/store/schema.ts';

/** As a literal: databases use an index over pending rows only where the text of the query proves that it may. */
export const pending = sql.lit('pending' as const);

/** What identifies a message: an episode tells a channel each status once within the dedup window. */
export interface NotificationKey {
  readonly episodeId: number;
  readonly status: NotificationStatus;
}

/** Channels that need not be told now: the message waits for them, or was delivered after `sinceMs`. */
export async function toldChannels(
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

/** The channels that a firing of the episode was for, whatever became of it. */
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

/** All messages of an episode, oldest first. */
export function notificationsOf(db: Database, episodeId: number): Promise<readonly NotificationRow[]> {
  return db.selectFrom('notifications').selectAll().where('episode_id', '=', episodeId).orderBy('id').execute();
}

/** Whether the channel was told this status of the episode before message `id`: `id` is then a reminder. */
export async function wasToldBefore(db: Database, { id, episode_id, channel, status }: NotificationRow) {
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
