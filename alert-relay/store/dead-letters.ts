/** Stores dead letters: undelivered notifications that are no longer retried. Retention deletes them with their episode. */
import { exclusively } from '../../common/store/leases.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import { pending } from './outbox.ts';

export interface DeadLetter extends NotificationRow {
  readonly alertname: string;
  readonly host: string | null;
}

/** An absent field does not restrict the search. */
export interface DeadLetterSearch {
  readonly ids?: readonly number[] | undefined;
  readonly channel?: string | undefined;
}

/** Returns the dead letters, oldest first. */
export function deadLetters(db: Database, { ids, channel }: DeadLetterSearch): Promise<readonly DeadLetter[]> {
  let query = db
    .selectFrom('notifications')
    .innerJoin('alert_history', 'alert_history.id', 'notifications.episode_id')
    .selectAll('notifications')
    .select(['alert_history.alertname', 'alert_history.host'])
    .where('notifications.state', '=', 'dead');
  if (ids !== undefined) query = query.where('notifications.id', 'in', ids);
  if (channel !== undefined) query = query.where('notifications.channel', '=', channel);
  return query.orderBy('notifications.id').execute();
}

/**
 * Queues dead letters again, as if they were new, and returns their ids. Only the newest of several for the same episode,
 * status and channel is queued, and none if such a notification is pending.
 */
export async function reviveDeadLetters(
  db: Database,
  { ids, channel, nowMs }: DeadLetterSearch & { readonly nowMs: number },
): Promise<readonly number[]> {
  return exclusively(db, 'alerts', async (transaction) => {
    const wanted = await deadLetters(transaction, { ids, channel });
    const newest = new Map(wanted.map((each) => [`${each.episode_id} ${each.status} ${each.channel}`, each.id]));
    if (newest.size === 0) return [];
    const revived = await transaction
      .updateTable('notifications')
      .set({ state: 'pending', attempts: 0, created_at: nowMs, next_attempt_at: nowMs, settled_at: null, reason: null })
      .where('id', 'in', [...newest.values()])
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('notifications as twin')
              .select('twin.id')
              .whereRef('twin.episode_id', '=', 'notifications.episode_id')
              .whereRef('twin.channel', '=', 'notifications.channel')
              .whereRef('twin.status', '=', 'notifications.status')
              .where('twin.state', '=', pending),
          ),
        ),
      )
      .returning('id')
      .execute();
    return revived.map(({ id }) => id).sort((a, b) => a - b);
  });
}

export interface Orphans {
  /** The configured channels. */
  readonly channels: readonly string[];
  readonly createdBeforeMs: number;
  readonly nowMs: number;
}

/** Turns old notifications for unconfigured channels into dead letters. Returns the channel of each. */
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
