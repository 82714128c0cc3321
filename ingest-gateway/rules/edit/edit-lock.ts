/**
 * Serialises rule edits: within a gateway by a queue, among the gateways of one database by a lease. Brings the rule files and
 * Prometheus back in step with the database: when the gateway starts, and when an edit left them apart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem } from '../../../common/http/problem.ts';
import { type Log, messageOf } from '../../../common/program/log.ts';
import { type HeldLease, LeaseLost, LeaseTaken, withLease } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';
import { publicMessage } from '../../prometheus/problem.ts';

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

/** The file of a rule or Prometheus may differ from the database. */
export interface Divergence {
  readonly sinceMs: number;
  /** Shown to callers: names no path and no address. */
  readonly reason: string;
}

export interface ReconcilePass {
  readonly lease: HeldLease;
  readonly signal: AbortSignal;
  /** Whether Prometheus reloads also when no file was found that belongs to the database. */
  readonly mustReload: boolean;
}

export interface RuleRepairOptions {
  readonly lock: EditLock;
  /** One attempt. Throws when a file could not be written or Prometheus did not load the files. */
  readonly reconcile: (pass: ReconcilePass) => Promise<void>;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface RuleRepair {
  /** Undefined while the rules are in sync. */
  divergence(): Divergence | undefined;
  /** Reconciles in the background, and retries with backoff until an attempt succeeds. */
  start(): void;
  /** Records the divergence, then does as `start`. */
  report(reason: string): void;
  /** Reconciles now if the rules diverged, so that an edit starts from a known state. Only under the edit lock. */
  ensureInSync(lease: HeldLease): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

const firstRetryMs = 2_000;
const maxRetryMs = 60_000;

export function createRuleRepair({ lock, reconcile, log, now }: RuleRepairOptions): RuleRepair {
  const stopping = new AbortController();
  const { signal } = stopping;
  let divergence: Divergence | undefined;
  let running: Promise<void> = Promise.resolve();
  let isQueued = false;

  function diverge(reason: string): void {
    divergence = { sinceMs: divergence?.sinceMs ?? now(), reason };
  }

  async function attempt(lease: HeldLease): Promise<void> {
    await reconcile({ lease, signal, mustReload: divergence !== undefined });
    if (divergence !== undefined) log.info('the rules are in sync again');
    divergence = undefined;
  }

  async function repair(): Promise<void> {
    for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(2 * retryMs, maxRetryMs)) {
      try {
        return await lock.run(attempt, { waitMs: Number.POSITIVE_INFINITY, signal });
      } catch (error) {
        if (signal.aborted) return;
        diverge(publicMessage(error));
        if (retryMs === firstRetryMs) log.warn('the rules are out of sync; retrying', { error: messageOf(error) });
      }
      await sleep(retryMs, undefined, { signal }).catch(ignoreAbort);
    }
  }

  /** Starts a repair, or queues one while another runs. One queued repair is enough, because it covers every rule that has diverged by the time it starts. */
  function start(): void {
    if (isQueued) return;
    isQueued = true;
    running = running.then(() => {
      isQueued = false;
      return repair();
    });
  }

  return {
    divergence: () => divergence,
    start,
    report(reason) {
      diverge(reason);
      start();
    },
    async ensureInSync(lease) {
      if (divergence !== undefined) await attempt(lease);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function ignoreAbort(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
