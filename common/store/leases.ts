/**
 * Work that one program at a time does, among all that share the database.
 *
 * `exclusively` is for one transaction, `withLease` for one piece of work, `createLeaderLease` for recurring work. The lease of a
 * holder that dies expires. Expiry is judged by each program's own clock,
 * so clocks must agree to well within a lifetime.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresAdapter, sql } from 'kysely';
import type { Database } from './schema.ts';

/** Returns whether programs on other machines may use the database: PostgreSQL. One program of each kind uses a SQLite file. */
export function isShared(db: Database): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Names of work that runs in one transaction at a time, across all programs that share the database. */
export type ExclusiveWork = 'alerts' | 'pushed_hosts' | 'repair_windows';

/**
 * Runs `work` in a transaction that reads and then writes; no other transaction of that name runs meanwhile. SQLite has one
 * writer at a time anyway; on PostgreSQL the transaction first takes an advisory lock, which ends with it.
 */
export function exclusively<T>(
  db: Database,
  name: ExclusiveWork,
  work: (transaction: Database) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    if (isShared(transaction))
      await sql`select pg_advisory_xact_lock(hashtextextended(${`hostpulse ${name}`}, 0))`.execute(transaction);
    return work(transaction);
  });
}

export interface LeaseClaim {
  readonly name: string;
  /** Unique to one run of one program. */
  readonly holder: string;
  readonly lifetimeMs: number;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** Takes or extends the lease. Returns false while another holder's lease has not expired. */
export async function claimLease(db: Database, { name, holder, lifetimeMs, nowMs }: LeaseClaim): Promise<boolean> {
  const row = await db
    .insertInto('leases')
    .values({ name, holder, expires_at: nowMs + lifetimeMs })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, expires_at: nowMs + lifetimeMs })
        .where((where) => where.or([where('leases.holder', '=', holder), where('leases.expires_at', '<=', nowMs)])),
    )
    .returning('holder')
    .executeTakeFirst();
  return row?.holder === holder;
}

/** Extends the lease. Returns false when another holder took it since, also when that holder released it again. */
async function renewLease(db: Database, { name, holder, lifetimeMs, nowMs }: LeaseClaim): Promise<boolean> {
  const row = await db
    .updateTable('leases')
    .set({ expires_at: nowMs + lifetimeMs })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .returning('holder')
    .executeTakeFirst();
  return row !== undefined;
}

/** Deletes the lease if the holder still has it. */
export async function releaseLease(db: Database, { name, holder }: Pick<LeaseClaim, 'name' | 'holder'>): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute();
}

export interface LeaderLease {
  /** Takes or renews the lease. Returns false while another replica has it. Throws the database's error. */
  claim(): Promise<boolean>;
  /** Extends the lease. Returns false when another replica took it since, also when that replica released it again. */
  renew(): Promise<boolean>;
  /** Whether the last claim succeeded and its lifetime has not ended; reads no database. */
  isHeld(): boolean;
  /** Lets another replica take the lease at once. */
  release(): Promise<void>;
}

export interface LeaderLeaseOptions {
  readonly db: Database;
  readonly name: string;
  /** Longer than the time from one run to the next, or the work changes hands at every run. */
  readonly lifetimeMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** `shared databases`: no claim in a SQLite file, which one program of each kind uses; the lease then counts as held. */
  readonly claimIn?: 'every database' | 'shared databases';
}

/** Leader lease: one replica runs the job; another takes over when the lease expires. */
export function createLeaderLease(options: LeaderLeaseOptions): LeaderLease {
  const { db, name, lifetimeMs, now, claimIn = 'every database' } = options;
  const holder = randomUUID();
  if (claimIn === 'shared databases' && !isShared(db))
    return {
      claim: () => Promise.resolve(true),
      isHeld: () => true,
      renew: () => Promise.resolve(true),
      release: () => Promise.resolve(),
    };
  let heldUntilMs = 0;

  /** Counts the lifetime from before the query, so that this side never believes in the lease longer than the database. */
  async function extend(query: typeof claimLease): Promise<boolean> {
    const nowMs = now();
    const isHeld = await query(db, { name, holder, lifetimeMs, nowMs });
    heldUntilMs = isHeld ? nowMs + lifetimeMs : 0;
    return isHeld;
  }

  return {
    claim: () => extend(claimLease),
    renew: () => extend(renewLease),
    isHeld: () => now() < heldUntilMs,
    async release() {
      heldUntilMs = 0;
      await releaseLease(db, { name, holder });
    },
  };
}

/** Another holder has the lease. */
export class LeaseTaken extends Error {
  override readonly name = 'LeaseTaken';
}

/** The lease expired or went to another holder while the work ran. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export interface HeldLease {
  /** Aborted with a `LeaseLost` when the lease is lost, or with the caller's reason when the caller's signal is. */
  readonly signal: AbortSignal;
  /**
   * Renews the lease and resolves while it is held. Call it before a step that must not run twice at once: a process that
   * was suspended learns of the loss here, not only at its next renewal. Throws a `LeaseLost`.
   */
  confirm(): Promise<void>;
}

export interface LeaseOptions extends Omit<LeaderLeaseOptions, 'claimIn'> {
  /** How long to wait for another holder. Default: 0, which throws at once. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with an error of the database that a later renewal or the lifetime makes up for. */
  readonly onFault?: (message: string, error: unknown) => void;
}

const pollMs = 100;

/**
 * Runs `work` while holding the lease, renewing it every third of its lifetime, and releases it afterwards.
 *
 * A failed renewal is repeated until the lifetime ends. A lost lease aborts the signal that `work` gets; `withLease` then
 * throws a `LeaseLost` even when `work` resolved. Throws a `LeaseTaken` when another holder keeps the lease for `waitMs`.
 */
export async function withLease<T>(options: LeaseOptions, work: (lease: HeldLease) => Promise<T>): Promise<T> {
  const { db, name, lifetimeMs, waitMs = 0, signal, now, onFault } = options;
  const lease = createLeaderLease({ db, name, lifetimeMs, now });
  const lost = new AbortController();

  const deadlineMs = now() + waitMs;
  while (!(await lease.claim())) {
    signal?.throwIfAborted();
    if (now() >= deadlineMs) throw new LeaseTaken(`another holder has the lease "${name}"`);
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
  }

  function lose(): void {
    lost.abort(new LeaseLost(`the lease "${name}" is lost`));
  }

  async function renew(): Promise<void> {
    try {
      if (!(await lease.renew())) lose();
    } catch (error) {
      if (!lease.isHeld()) lose();
      else onFault?.(`the lease "${name}" was not renewed; the next renewal tries again`, error);
    }
  }

  async function confirm(): Promise<void> {
    lost.signal.throwIfAborted();
    if (!(await lease.renew())) lose();
    lost.signal.throwIfAborted();
  }

  const timer = setInterval(() => void renew(), lifetimeMs / 3);
  try {
    const held = signal === undefined ? lost.signal : AbortSignal.any([lost.signal, signal]);
    const result = await work({ signal: held, confirm });
    lost.signal.throwIfAborted();
    return result;
  } finally {
    clearInterval(timer);
    await lease
      .release()
      .catch((error: unknown) => onFault?.(`the lease "${name}" was not released; it expires on its own`, error));
  }
}
