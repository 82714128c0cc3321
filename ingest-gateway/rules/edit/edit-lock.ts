/** Serialises rule edits: within a gateway by a queue, among the gateways of one database by a lease. */
import { HttpProblem } from '../../../common/http/problem.ts';
import { type Log, messageOf } from '../../../common/program/log.ts';
import { type HeldLease, LeaseLost, LeaseTaken, withLease } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';

export interface EditLockOptions {
  readonly db: Database;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

interface RunOptions {
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface EditLock {
  /**
   * Runs `task` while no other edit runs. The task calls `lease.confirm()` before each step that changes the file, Prometheus
   * or the database: a gateway that was suspended may have lost the lease, and must not touch any of them again.
   *
   * Throws an `HttpProblem` 503 when another gateway holds the lock longer than `waitMs`, or when this gateway loses the lock
   * while the task runs; the cause of the latter is a `LeaseLost`.
   */
  run<T>(task: (lease: HeldLease) => Promise<T>, options?: RunOptions): Promise<T>;
}

/** The lock of a gateway that was killed is free after this time. */
const lifetimeMs = 15_000;

/** Longer than the lifetime of a lease, and longer than most edits. */
const defaultWaitMs = 30_000;

export function createEditLock({ db, log, now }: EditLockOptions): EditLock {
  let last: Promise<unknown> = Promise.resolve();

  function onFault(message: string, error: unknown): void {
    log.warn(message, { error: messageOf(error) });
  }

  return {
    run(task, { waitMs = defaultWaitMs, signal } = {}) {
      const turn = last.then(() =>
        withLease({ db, name: 'alert-rules', lifetimeMs, waitMs, signal, now, onFault }, task).catch(explain),
      );
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

function explain(cause: unknown): never {
  const options = { cause, headers: { 'Retry-After': '5' } };
  if (cause instanceof LeaseTaken) throw new HttpProblem(503, 'another gateway is changing the rules', options);
  if (cause instanceof LeaseLost)
    throw new HttpProblem(503, 'another gateway took over during the change; read the rule before you retry', options);
  throw cause;
}
