/** One change of the rules at a time: in this gateway by a queue, over all gateways of a database by a lease. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem } from '../../../common/http/problem.ts';
import { type Log, messageOf } from '../../../common/program/log.ts';
import { claimLease, releaseLease } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';

const name = 'alert-rules';

/** A gateway that was killed holds it this long. */
const lifetimeMs = 15_000;
const renewMs = 5_000;
const pollMs = 100;

export interface EditLock {
  /** Runs the task alone. Throws an `HttpProblem` 503 when others took too long. */
  run<T>(task: () => Promise<T>, options?: { readonly waitMs?: number; readonly signal?: AbortSignal }): Promise<T>;
}

export interface EditLockOptions {
  readonly db: Database;
  readonly log: Log;
  readonly now: () => number;
}

/** Longer than a killed gateway's lease, and than a usual change. */
const defaultWaitMs = 30_000;

export function createEditLock({ db, log, now }: EditLockOptions): EditLock {
  const holder = randomUUID();
  let last: Promise<unknown> = Promise.resolve();

  function claim(): Promise<boolean> {
    return claimLease(db, { name, holder, lifetimeMs, nowMs: now() });
  }

  async function claimWithin(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const deadline = now() + waitMs;
    while (!(await claim())) {
      if (now() >= deadline)
        throw new HttpProblem(503, 'another gateway is changing the rules', { headers: { 'Retry-After': '5' } });
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
    }
  }

  async function alone<T>(task: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      claim().catch((error: unknown) => log.warn('the lease of the rules is not renewed', { error: messageOf(error) }));
    }, renewMs);
    try {
      return await task();
    } finally {
      clearInterval(timer);
      await releaseLease(db, { name, holder }).catch((error: unknown) =>
        log.warn('the lease of the rules is left to run out', { error: messageOf(error) }),
      );
    }
  }

  function run<T>(
    task: () => Promise<T>,
    { waitMs = defaultWaitMs, signal }: { readonly waitMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    const turn = last.then(async () => {
      await claimWithin(waitMs, signal);
      return alone(task);
    });
    last = turn.catch(() => undefined);
    return turn;
  }

  return { run };
}
