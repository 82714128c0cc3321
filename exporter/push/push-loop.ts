/** Sends pending samples, one request at a time: paced, retried with backoff, acknowledged only after the receiver accepted them. */
import type { Log } from '../../common/program/log.ts';
import { backoffMs } from '../../common/program/retry.ts';
import type { Batch, BatchPlan } from './batch-plan.ts';
import type { PushOutcome } from './protocols/outcome.ts';
import type { Sender } from './protocols/sender.ts';
import type { PushCounts } from './push-metrics.ts';
import type { Clock } from './sampler/clock.ts';

export interface PushLoopOptions {
  readonly plan: BatchPlan;
  readonly sender: Sender;
  readonly counts: PushCounts;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Collects garbage; called after a large request. */
  readonly collect?: (() => void) | undefined;
}

export interface PushLoop {
  start(): void;
  /** Tells the loop that samples were appended. */
  wake(): void;
  /** Aborts the request in flight; its batch stays in the buffer. Idempotent. */
  stop(): Promise<void>;
  /** After `stop`: sends pending samples until none is left, a request fails, or the time is over. */
  flush(limitMs: number): Promise<void>;
}

/** The time between two requests: 90 requests a minute, below the gateway's limit of 100 per collector. */
export const spacingMs = 667;

/** A batch of this many sets is followed by a garbage collection: its buffers would otherwise stay until the heap has doubled. */
const largeSets = 20;

const backoff = { firstMs: 1_000, maxMs: 60_000 } as const;

export function createPushLoop({ plan, sender, counts, clock, random, log, collect }: PushLoopOptions): PushLoop {
  const stopping = new AbortController();
  let awake = Promise.withResolvers<void>();
  let lastStartMs = Number.NEGATIVE_INFINITY;
  let attempts = 0;
  /** The time of the next request at the earliest. */
  let pausedUntilMs = 0;
  /** The receiver asked for the pause, or the configuration must be fixed first: `flush` does not send. */
  let isPauseAsked = false;
  let fault: string | undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const waitMs = Math.max(lastStartMs + spacingMs, pausedUntilMs) - clock.now();
      // The batch is chosen after the wait, so that it includes the sets appended meanwhile.
      if (waitMs > 0 && waitMs <= longestWaitMs) await clock.sleep(waitMs, stopping.signal);
      if (stopping.signal.aborted) return;
      const batch = plan.next();
      if (batch !== undefined) {
        await attempt(batch, stopping.signal);
      } else {
        await awake.promise;
        awake = Promise.withResolvers<void>();
      }
    }
  }

  /** Returns whether the receiver accepted the batch. */
  async function attempt(batch: Batch, signal: AbortSignal): Promise<boolean> {
    lastStartMs = clock.now();
    const outcome = await sender.send(batch.sets, signal);
    if (batch.sets.length >= largeSets) collect?.();
    if (signal.aborted && outcome.kind !== 'ok') return false;
    counts.noteOutcome(outcome);
    switch (outcome.kind) {
      case 'ok':
        noteAccepted(batch, outcome);
        return true;
      case 'retry':
        noteRetry(outcome);
        return false;
      case 'drop':
        noteRefusal(batch, outcome.detail);
        return false;
    }
  }

  function noteAccepted(batch: Batch, outcome: PushOutcome & { kind: 'ok' }): void {
    plan.sent(batch);
    attempts = 0;
    isPauseAsked = false;
    counts.noteSent(batch, outcome.rejectedSamples, clock.now());
    const { detail } = outcome;
    if (detail !== undefined && detail !== fault)
      log.warn('the receiver accepted a push and rejected samples of it', { samples: outcome.rejectedSamples, detail });
    else if (detail === undefined && fault !== undefined) log.info('pushing works again');
    fault = detail;
  }

  function noteRetry({ reason, detail, afterMs }: PushOutcome & { kind: 'retry' }): void {
    attempts++;
    plan.failed();
    // The random share keeps exporters that were given the same time from retrying in the same instant.
    const waitMs =
      afterMs === undefined
        ? backoffMs({ attempts, ...backoff, random })
        : afterMs + random() * Math.min(afterMs, 5_000);
    pausedUntilMs = clock.now() + waitMs;
    isPauseAsked = afterMs !== undefined;
    if (fault === undefined || attempts === 1)
      log.error('a push failed; it is retried, and samples are kept in the buffer', {
        reason,
        detail,
        in_ms: Math.round(waitMs),
      });
    fault = detail;
  }

  function noteRefusal(batch: Batch, detail: string): void {
    attempts = 0;
    const samples = plan.refused(batch, detail);
    counts.noteSetAside(samples);
    if (samples > 0) log.error('the receiver refuses samples permanently; they are set aside', { samples, detail });
    fault = detail;
  }

  async function flush(limitMs: number): Promise<void> {
    if (isPauseAsked && pausedUntilMs > clock.now()) return;
    const limit = new AbortController();
    const over = clock.sleep(limitMs, limit.signal).then(() => limit.abort());
    try {
      for (let batch = plan.next(); batch !== undefined && !limit.signal.aborted; batch = plan.next())
        if (!(await attempt(batch, limit.signal))) break;
    } finally {
      limit.abort();
      await over;
    }
  }

  return {
    start() {
      running = run();
    },
    wake: () => awake.resolve(),
    async stop() {
      stopping.abort();
      awake.resolve();
      await running;
    },
    flush,
  };
}

/** A longer wait results from a clock that was set back and is skipped. */
const longestWaitMs = 400_000;
