/** Brings the rule files and Prometheus back in step with the database: when the gateway starts, and when an edit left them apart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { HeldLease } from '../../../common/store/leases.ts';
import { publicMessage } from '../../prometheus/problem.ts';
import type { EditLock } from './edit-lock.ts';

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

  /** Queues at most one more run: the next run finds everything that diverged until then. */
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
