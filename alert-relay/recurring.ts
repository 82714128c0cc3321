/** Runs recurring work of the relay, such as retention. When relays share a database, a single relay runs the work. */
import type { Part } from '../common/program/lifecycle.ts';
import type { Log } from '../common/program/log.ts';
import { createSchedule } from '../common/program/schedule.ts';
import { createLeaderLease } from '../common/store/leases.ts';
import type { Database } from '../common/store/schema.ts';
import { cronOf } from './settings/schedule.ts';

export interface RecurringOptions {
  readonly db: Database;
  /** Names the work in logs and its lease in the database. */
  readonly name: string;
  readonly intervalMs: number;
  /** A cron expression, seconds first. Default: runs that tile the hour by `intervalMs`. */
  readonly expression?: string;
  /** The signal is aborted when the relay stops. */
  readonly task: (signal: AbortSignal) => Promise<void>;
  readonly log: Log;
  readonly now: () => number;
}

/** Returns a part that runs the task on its schedule while this relay has the lease. A lease expires after a missed run. */
export function recurringPart({ db, name, intervalMs, expression, task, log, now }: RecurringOptions): Part {
  const stopping = new AbortController();
  const lease = createLeaderLease({
    db,
    name: `relay ${name}`,
    lifetimeMs: 1.5 * intervalMs,
    now,
    claimIn: 'shared databases',
  });
  const schedule = createSchedule({
    name,
    expression: expression ?? cronOf(intervalMs),
    task: async () => {
      if (await lease.claim()) await task(stopping.signal);
    },
    log,
  });
  return {
    name,
    start: () => schedule.start(),
    async stop() {
      stopping.abort();
      await schedule.stop();
      await lease.release();
    },
  };
}
