/** Records in the database that the relay runs, so that the gateway's health can report a relay that does not. */
import type { Part } from '../common/program/lifecycle.ts';
import type { Log } from '../common/program/log.ts';
import { createSchedule } from '../common/program/schedule.ts';
import { rememberTime } from '../common/store/relay-records.ts';
import type { Database } from '../common/store/schema.ts';

export interface PresenceOptions {
  readonly db: Database;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Returns a part that records the time at its start and every 15 s. `relayPresence` in relay-records.ts judges the age. */
export function presencePart({ db, log, now }: PresenceOptions): Part {
  let hasFailed = false;

  /** Logs the first of several failures: they have one cause, such as a full disk, which other work reports too. */
  async function record(): Promise<void> {
    try {
      await rememberTime(db, { name: 'last_seen', timeMs: now() });
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) log.warn('the database did not record that the relay runs; next attempt in 15 s', { error });
      hasFailed = true;
    }
  }

  const schedule = createSchedule({ name: 'presence', expression: '*/15 * * * * *', task: record, log });
  return {
    name: 'presence',
    async start() {
      await record();
      schedule.start();
    },
    stop: () => schedule.stop(),
  };
}
