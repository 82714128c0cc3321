/** Recurring work by node-cron: intervals that tile a minute, an hour or a day, so that runs fall on the clock. */
import cron, { type Logger } from 'node-cron';
import { fault, type Kind } from '../common/program/kind.ts';
import type { Log } from '../common/program/log.ts';
import { duration, renderDuration } from '../common/program/quantity.ts';

const anyDuration = duration({ minMs: 1_000 });

/** A duration from 1 s to 1 h that divides a minute or an hour; in milliseconds. */
export const scheduleInterval: Kind<number> = {
  ...anyDuration,
  parse(raw) {
    const parsed = anyDuration.parse(raw);
    if ('faults' in parsed || tryCronOf(parsed.value) !== undefined) return parsed;
    return fault('an interval that divides a minute or an hour, such as 10s, 1m or 15m', raw);
  },
};

/** The cron expression, seconds first, of an interval; undefined when it divides neither a minute nor an hour. */
export function tryCronOf(intervalMs: number): string | undefined {
  const seconds = intervalMs / 1_000;
  if (Number.isInteger(seconds) && seconds >= 1 && 60 % seconds === 0)
    return seconds === 60 ? '0 * * * * *' : `*/${seconds} * * * * *`;
  const minutes = seconds / 60;
  if (Number.isInteger(minutes) && minutes >= 1 && 60 % minutes === 0)
    return minutes === 60 ? '0 0 * * * *' : `0 */${minutes} * * * *`;
  return undefined;
}

export interface Schedule {
  start(): void;
  /** No run begins after it; waits for the one under way. Idempotent. */
  stop(): Promise<void>;
}

export interface ScheduleOptions {
  readonly name: string;
  /** Six fields, seconds first. */
  readonly expression: string;
  readonly task: () => Promise<void>;
  readonly log: Log;
}

/** Runs never overlap; one that fails is logged, and the next comes at its time. */
export function createSchedule({ name, expression, task, log }: ScheduleOptions): Schedule {
  let running: Promise<void> | undefined;

  async function runOnce(): Promise<void> {
    try {
      await task();
    } catch (error) {
      log.error('scheduled work failed; it runs again at its next time', { work: name, error });
    }
  }

  const scheduled = cron.createTask(
    expression,
    async () => {
      running = runOnce();
      await running;
    },
    { name, noOverlap: true, logger: cronLog(log.with({ work: name })) },
  );
  return {
    start: () => void scheduled.start(),
    async stop() {
      await scheduled.destroy();
      await running;
    },
  };
}

/** What node-cron says of late and skipped runs, which it would print to the console. */
function cronLog(log: Log): Logger {
  return {
    info: (message) => log.debug(message),
    warn: (message) => log.debug(message),
    error: (message, error) => log.error('node-cron failed', { error: error ?? message }),
    debug: (message) => log.debug(String(message)),
  };
}

/** The expression of an interval that `scheduleInterval` accepted. */
export function cronOf(intervalMs: number): string {
  const expression = tryCronOf(intervalMs);
  if (expression === undefined) throw new Error(`no schedule runs every ${renderDuration(intervalMs)}`);
  return expression;
}
