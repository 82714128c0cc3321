/** Recurring work that one of the programs that share a database does, and another when that one is gone. */
import { randomUUID } from 'node:crypto';
import { isShared } from './dialect.ts';
import { claimLease, releaseLease } from './leases.ts';
import type { Database } from './schema.ts';

export interface SoleHolder {
  /** Asked before each run. Where the database is not shared, always true. */
  isHolder(): Promise<boolean>;
  /** Lets another do the next run. */
  release(): Promise<void>;
}

export interface SoleHolderOptions {
  readonly db: Database;
  readonly name: string;
  /** Longer than from one run to the next, or the work goes from hand to hand. */
  readonly lifetimeMs: number;
  readonly clock: () => number;
}

export function createSoleHolder({ db, name, lifetimeMs, clock }: SoleHolderOptions): SoleHolder {
  const holder = randomUUID();
  const needsLease = isShared(db);
  return {
    isHolder: async () => !needsLease || claimLease(db, { name, holder, lifetimeMs, nowMs: clock() }),
    async release() {
      if (needsLease) await releaseLease(db, { name, holder });
    },
  };
}
