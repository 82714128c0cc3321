/** Starts the parts of a program in order and stops them in reverse order. */
import type { Log } from './log.ts';

/** A part of a program: a server, a schedule, a connection. */
export interface Part {
  /** Names the part in errors and logs. */
  readonly name: string;
  /** Absent: the part needs no start. */
  readonly start?: () => void | Promise<void>;
  /** Absent: the part needs no stop. Called once at most, also when `start` failed or was not called yet. */
  readonly stop?: () => void | Promise<void>;
}

export interface Lifecycle {
  /**
   * Starts the parts one after the other, in the order of the list. When a part fails to start, the remaining parts are
   * not started and the error is thrown; `stop` then stops every part of the list. Idempotent.
   */
  start(): Promise<void>;
  /**
   * Waits for a start that is under way, then stops every part in reverse order. A part that fails to stop is logged and
   * the remaining parts are stopped all the same. Never throws. Idempotent.
   */
  stop(): Promise<void>;
}

export function createLifecycle({ parts, log }: { readonly parts: readonly Part[]; readonly log: Log }): Lifecycle {
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let isStopping = false;

  async function startAll(): Promise<void> {
    for (const part of parts) {
      if (isStopping) return;
      await part.start?.();
    }
  }

  async function stopAll(): Promise<void> {
    isStopping = true;
    await Promise.allSettled([starting]);
    for (const part of parts.toReversed()) {
      try {
        await part.stop?.();
      } catch (error) {
        log.error(`${part.name} did not stop; the remaining parts are stopped`, { error });
      }
    }
  }

  return {
    start: () => (starting ??= startAll()),
    stop: () => (stopping ??= stopAll()),
  };
}
