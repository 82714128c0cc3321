/** Sends what waits, one request at a time: paced, retried with backoff, acknowledged only when the receiver has it. */
import type { Log } from '../../common/program/log.ts';
import { backoffMs } from '../../common/program/retry.ts';
import type { Batch, BatchPlan } from './batch-plan.ts';
import type { PushOutcome } from './protocols/outcome.ts';
import type { PushCounts } from './push-counts.ts';
import type { Clock } from './sampler/clock.ts';
import type { Sender } from './sender.ts';

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
  /** Something was appended. */
  wake(): void;
  /** Ends at once; a request in flight is given up, and its batch stays. Idempotent. */
  stop(): Promise<void>;
  /** After `stop`: sends what waits until nothing does, the receiver fails, or the time is over. */
  flush(limitMs: number): Promise<void>;
}

/** Between the starts of two requests: 90 a minute, below the gateway's 100 for each collector. */
export const spacingMs = 667;

/** Their buffers would stay until the heap has grown by as much. */
const largeSets = 20;

const backoff = { firstMs: 1_000, maxMs: 60_000 } as const;

export function createPushLoop({ plan, sender, counts, clock, random, log, collect }: PushLoopOptions): PushLoop {
  const stopping = new AbortController();
  let awake = Promise.withResolvers<void>();
  let lastStartMs = Number.NEGATIVE_INFINITY;
  let attempts = 0;
  /** No request before that. */
  let silentUntilMs = 0;
  /** The receiver named that time itself, or somebody has to mend something first. */
  let isSilenceAsked = false;
  let fault: string | undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const waitMs = Math.max(lastStartMs + spacingMs, silentUntilMs) - clock.now();
      // The batch is chosen after the wait: what was appended meanwhile belongs into it.
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

  /** Answers whether the receiver took the batch. */
  async function attempt(batch: Batch, signal: AbortSignal): Promise<boolean> {
    lastStartMs = clock.now();
    const outcome = await sender.send(batch.sets, signal);
    if (batch.sets.length >= largeSets) collect?.();
    if (signal.aborted && outcome.kind !== 'ok') return false;
    counts.noteOutcome(outcome);
    switch (outcome.kind) {
      case 'ok':
        noteTaken(batch, outcome);
        return true;
      case 'retry':
        noteRetry(outcome);
        return false;
      case 'drop':
        noteRefusal(batch, outcome.detail);
        return false;
    }
  }

  function noteTaken(batch: Batch, outcome: PushOutcome & { kind: 'ok' }): void {
    plan.sent(batch);
    attempts = 0;
    isSilenceAsked = false;
    counts.noteSent(batch, outcome.rejectedSamples, clock.now());
    const { detail } = outcome;
    if (detail !== undefined && detail !== fault)
      log.warn('the receiver took a push and left samples out', { samples: outcome.rejectedSamples, detail });
    else if (detail === undefined && fault !== undefined) log.info('pushing works again');
    fault = detail;
  }

  function noteRetry({ reason, detail, afterMs }: PushOutcome & { kind: 'retry' }): void {
    attempts++;
    plan.failed();
    // Whoever was told the same time must not come back in the same instant.
    const waitMs =
      afterMs === undefined
        ? backoffMs({ attempts, ...backoff, random })
        : afterMs + random() * Math.min(afterMs, 5_000);
    silentUntilMs = clock.now() + waitMs;
    isSilenceAsked = afterMs !== undefined;
    if (fault === undefined || attempts === 1)
      log.error('a push failed; it is tried again, and what waits is kept', {
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
    if (samples > 0) log.error('the receiver refuses samples for good; they are set aside', { samples, detail });
    fault = detail;
  }

  async function flush(limitMs: number): Promise<void> {
    if (isSilenceAsked && silentUntilMs > clock.now()) return;
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

/** A longer wait comes of a clock that was set back: then it is not waited for. */
const longestWaitMs = 400_000;
