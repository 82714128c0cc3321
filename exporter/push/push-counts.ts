/** What the push has done so far, for its metrics. */
import type { Batch } from './batch-plan.ts';
import { type PushOutcome, type RetryReason, retryReasons } from './protocols/outcome.ts';

export interface PushCounts {
  noteOutcome(outcome: PushOutcome): void;
  noteSent(batch: Batch, rejectedSamples: number, nowMs: number): void;
  noteSetAside(samples: number): void;
  noteMissed(instants: number): void;
  read(): PushCountsState;
}

export interface PushCountsState {
  readonly sentSamples: number;
  readonly rejectedSamples: number;
  readonly setAsideSamples: number;
  readonly missedInstants: number;
  readonly requests: Readonly<Record<PushOutcome['kind'], number>>;
  readonly failures: Readonly<Record<RetryReason, number>>;
  /** Of the last request; absent before the first. */
  readonly isHealthy?: boolean;
  /** Absent before the first. */
  readonly lastSuccessMs?: number;
}

export function createPushCounts(): PushCounts {
  let [sentSamples, rejectedSamples, setAsideSamples, missedInstants] = [0, 0, 0, 0];
  const requests = { ok: 0, retry: 0, drop: 0 };
  const failures = Object.fromEntries(retryReasons.map((reason) => [reason, 0])) as Record<RetryReason, number>;
  let isHealthy: boolean | undefined;
  let lastSuccessMs: number | undefined;
  return {
    noteOutcome(outcome) {
      requests[outcome.kind]++;
      isHealthy = outcome.kind === 'ok';
      if (outcome.kind === 'retry') failures[outcome.reason]++;
    },
    noteSent({ sets }, rejected, nowMs) {
      for (const { sampleCount } of sets) sentSamples += sampleCount;
      rejectedSamples += rejected;
      lastSuccessMs = nowMs;
    },
    noteSetAside(samples) {
      setAsideSamples += samples;
    },
    noteMissed(instants) {
      missedInstants += instants;
    },
    read: () => ({
      sentSamples,
      rejectedSamples,
      setAsideSamples,
      missedInstants,
      requests: { ...requests },
      failures: { ...failures },
      ...(isHealthy === undefined ? {} : { isHealthy }),
      ...(lastSuccessMs === undefined ? {} : { lastSuccessMs }),
    }),
  };
}
