/**
 * The outbox: one durable queue of notifications for each channel, in order within an episode, and the lease under which one
 * relay at a time sends on a channel. `notifications` has every notification; the pending ones are the outbox.
 *
 * A lease is a row of `channel_leases` with a fencing token, not an open transaction. Every claim increments the token. Results
 * are recorded only while the token is unchanged, so a relay that was suspended and replaced cannot record the result of its
 * attempt. Expiry is measured by the clock of the database. A SQLite file belongs to one relay: a claim there replaces the lease
 * of a previous run at once.
 */
import { hostname } from 'node:os';
import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely';
import { isShared, LeaseLost } from '../../common/store/leases.ts';
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
 * Returns the channel's next notification, due or not. A notification waits until all earlier notifications of its episode have left
 * the queue. When several notifications do not wait, returns the notification with the earliest attempt.
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

/** Returns a condition that is true when the episode has no earlier pending notification on the channel. */
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

export interface ChannelLease {
  /** Epoch milliseconds before which no relay may send on the channel. */
  readonly notBeforeMs: number;
  /** Aborted with a `LeaseLost` when another relay has taken the lease. */
  readonly signal: AbortSignal;
  /** Call it right before sending: renews a lease that may be about to expire. Throws a `LeaseLost`. */
  confirm(): Promise<void>;
  /**
   * Ends the lease: runs `change`, sets the channel's `notBeforeMs` and releases the lease in one transaction. Throws a
   * `LeaseLost`, and changes nothing, when another relay has taken the lease.
   */
  complete(completion: Completion): Promise<void>;
}

export interface Completion {
  /** 0: no pause. */
  readonly notBeforeMs: number;
  readonly change: (transaction: Database) => Promise<unknown>;
}

export interface ChannelLeaseOptions {
  readonly db: Database;
  readonly channel: string;
  readonly lifetimeMs: number;
  /** Called with a database error of a renewal or release; the next renewal or the expiry makes up for it. */
  readonly onFault: (message: string, error: unknown) => void;
}

/**
 * Runs `work` with the channel's lease, which is renewed every third of its lifetime, and releases it afterwards. Returns
 * undefined at once when another relay holds the lease.
 */
export async function withChannelLease<T>(
  { db, channel, lifetimeMs, onFault }: ChannelLeaseOptions,
  work: (lease: ChannelLease) => Promise<T>,
): Promise<T | undefined> {
  const lost = new AbortController();
  let renewedAtMs = performance.now();
  let isEnded = false;

  const claimed = await tryClaim(db, { channel, lifetimeMs });
  if (claimed === undefined) return undefined;
  const held = (database: Database) =>
    database.updateTable('channel_leases').where('channel', '=', channel).where('token', '=', claimed.token);

  async function renew(): Promise<void> {
    const startedMs = performance.now();
    const { numUpdatedRows } = await held(db)
      .set({ expires_at: expiryOf(db, lifetimeMs) })
      .where('expires_at', '>', 0)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) renewedAtMs = startedMs;
    else if (!isEnded) lost.abort(lossOf(channel));
  }

  async function confirm(): Promise<void> {
    if (performance.now() - renewedAtMs > lifetimeMs / 2) await renew();
    lost.signal.throwIfAborted();
  }

  async function complete({ notBeforeMs, change }: Completion): Promise<void> {
    clearInterval(timer);
    await db.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await held(transaction)
        .set({ not_before: Math.ceil(notBeforeMs), expires_at: 0 })
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw lossOf(channel);
      await change(transaction);
    });
    isEnded = true;
  }

  const timer = setInterval(
    () => void renew().catch((error: unknown) => onFault('channel lease not renewed', error)),
    lifetimeMs / 3,
  );
  try {
    return await work({ notBeforeMs: claimed.not_before, signal: lost.signal, confirm, complete });
  } finally {
    clearInterval(timer);
    if (!isEnded) {
      isEnded = true;
      const release = held(db).set({ expires_at: 0 }).execute();
      await release.catch((error: unknown) => onFault('channel lease not released; it expires', error));
    }
  }
}

function tryClaim(db: Database, { channel, lifetimeMs }: Pick<ChannelLeaseOptions, 'channel' | 'lifetimeMs'>) {
  const lease = { holder: `${hostname()}/${process.pid}`, expires_at: expiryOf(db, lifetimeMs) };
  return db
    .insertInto('channel_leases')
    .values({ channel, token: 1, not_before: 0, ...lease })
    .onConflict((conflict) => {
      const replace = conflict
        .column('channel')
        .doUpdateSet(({ eb }) => ({ token: eb('channel_leases.token', '+', 1), ...lease }));
      return isShared(db) ? replace.where('channel_leases.expires_at', '<=', timeOf(db)) : replace;
    })
    .returning(['token', 'not_before'])
    .executeTakeFirst();
}

/** Returns the expression of the database's clock in epoch milliseconds. */
function timeOf(db: Database): RawBuilder<number> {
  return isShared(db)
    ? sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql`cast(unixepoch('subsec') * 1000 as integer)`;
}

function expiryOf(db: Database, lifetimeMs: number): RawBuilder<number> {
  return sql`${timeOf(db)} + ${lifetimeMs}`;
}

function lossOf(channel: string): LeaseLost {
  return new LeaseLost(`another relay has taken the lease of the channel "${channel}"`);
}
