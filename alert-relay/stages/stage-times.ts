/** How long each stage takes: a histogram for whoever watches, a debug line an event for whoever measures. */
import type { Log } from '../../common/program/log.ts';
import type { RelayMetrics, Stage } from '../metrics.ts';

export interface StageTimes {
  /** Runs the task and notes how long it took, whether or not it throws. */
  measure<T>(stage: Stage, task: () => Promise<T>): Promise<T>;
  observe(stage: Stage, durationMs: number): void;
}

export interface StageTimesOptions {
  readonly metrics: Pick<RelayMetrics, 'stages'>;
  readonly log: Log;
  /** Of the stages after the outbox. */
  readonly channel?: string;
}

export function createStageTimes({ metrics, log, channel }: StageTimesOptions): StageTimes {
  function observe(stage: Stage, durationMs: number): void {
    metrics.stages.observe({ stage }, durationMs / 1_000);
    log.debug('stage', { stage, channel, ms: Math.round(durationMs * 1_000) / 1_000 });
  }

  return {
    observe,
    async measure(stage, task) {
      const startedMs = performance.now();
      try {
        return await task();
      } finally {
        observe(stage, performance.now() - startedMs);
      }
    },
  };
}
