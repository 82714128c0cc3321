/** The health check of the queue, with the limits of the alerts GatewayQueueFull, GatewayQueueOld and GatewayQueueUnwritable. */
import type { QueueState } from '../queue/batch-queue.ts';

export const queueBounds = { fullPercent: 80, oldestMs: 300_000, commitMs: 10_000 } as const;

/** Returns the reason when the queue is degraded, or undefined. Throws when the queue accepts no pushes. */
export function checkQueue(state: QueueState, nowMs: number): string | undefined {
  const { bytes, maxBytes, isWritable, oldestAcceptedMs, committingSinceMs } = state;
  if (!isWritable) throw new Error("the queue's disk cannot be written; pushes are answered with 503");
  if (committingSinceMs !== undefined && nowMs - committingSinceMs > queueBounds.commitMs)
    throw new Error(`the queue's disk has not answered for ${seconds(nowMs - committingSinceMs)} s; pushes wait`);
  const percent = (100 * bytes) / maxBytes;
  if (percent > queueBounds.fullPercent)
    return `the queue is ${Math.floor(percent)} % full; at 100 % pushes are answered with 503`;
  if (oldestAcceptedMs !== undefined && nowMs - oldestAcceptedMs > queueBounds.oldestMs)
    return `samples have waited ${seconds(nowMs - oldestAcceptedMs)} s for Prometheus`;
  return undefined;
}

function seconds(durationMs: number): number {
  return Math.floor(durationMs / 1_000);
}
