/**
 * `channel_leases`: of the relays that share a database, one at a time sends on a channel.
 *
 * A lease is a row with a fencing token, not an open transaction. Every claim increments the token. Results are recorded
 * only while the token is unchanged, so a relay that was suspended and replaced cannot record the result of its attempt.
 * Expiry is measured by the clock of the database. A SQLite file belongs to one relay: a claim there replaces the lease of
 * a previous run at once.
 */
import { hostname } from 'node:os';
import { type RawBuilder, sql } from 'kysely';
import { isShared, LeaseLost } from '../../common/store/leases.ts';
import type { Database } from '../../common/store/schema.ts';

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

interface Claim {
  readonly channel: string;
  readonly lifetimeMs: number;
}

function tryClaim(db: Database, { channel, lifetimeMs }: Claim) {
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

/** The database's clock, in epoch milliseconds. */
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
