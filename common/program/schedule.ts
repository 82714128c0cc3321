/** Recurring work, scheduled by node-cron. */
import cron, { type Logger } from 'node-cron';
import type { Log } from './log.ts';

export interface Schedule {
  start(): void;
  /** Waits for the current run; no run starts afterwards. Idempotent. */
  stop(): Promise<void>;
}

export interface ScheduleOptions {
  readonly name: string;
  /** A cron expression: five fields, or six with seconds first. */
  readonly expression: string;
  readonly task: () => Promise<void>;
  readonly log: Log;
}

/** Runs never overlap. A run that fails is logged; the next run starts on schedule. */
export function createSchedule({ name, expression, task, log }: ScheduleOptions): Schedule {
  let running: Promise<void> | undefined;

  async function runOnce(): Promise<void> {
    try {
      await task();
    } catch (error) {
      log.error('scheduled work failed; it runs again at the next scheduled time', { work: name, error });
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

/** Logs the messages that node-cron would print to the console. */
function cronLog(log: Log): Logger {
  return {
    info: (message) => log.debug(message),
    warn: (message) => log.debug(message),
    error: (message, error) => log.error('node-cron failed', { error: error ?? message }),
    debug: (message) => log.debug(String(message)),
  };
}
