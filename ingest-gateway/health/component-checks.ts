/** Health checks of the components. Their errors are public, so they contain no addresses. */
import { sql } from 'kysely';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryInstant } from '../../common/prometheus/query.ts';
import type { Database } from '../../common/store/schema.ts';
import { probeBounds } from '../prometheus/connections.ts';
import type { QueueState } from '../queue/batch-queue.ts';
import type { ComponentCheck, ComponentName } from './health.ts';

export interface Components {
  readonly prometheus: PrometheusConnection;
  /** Alertmanager has the same readiness call as Prometheus. */
  readonly alertmanager: PrometheusConnection;
  readonly db: Database;
  readonly queue: () => QueueState;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function componentChecks({
  prometheus,
  alertmanager,
  db,
  queue,
  now,
}: Components): Readonly<Record<ComponentName, ComponentCheck>> {
  return {
    async prometheus() {
      await queryInstant(prometheus, { expression: 'vector(1)' });
      return undefined;
    },
    async alertmanager() {
      const { status } = await alertmanager.call({ method: 'GET', path: '/-/ready' });
      if (status !== 200) throw new Error(`Alertmanager is not ready (status ${status})`);
      return undefined;
    },
    async database() {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error('timeout')), probeBounds.timeoutMs);
      try {
        await Promise.race([sql`select 1 from api_keys limit 1`.execute(db), late.promise]);
        return undefined;
      } catch (cause) {
        throw new Error('the database does not answer', { cause });
      } finally {
        clearTimeout(timer);
      }
    },
    async queue() {
      return checkQueue(queue(), now());
    },
  };
}

/** The limits of the alerts GatewayQueueFull, GatewayQueueOld and GatewayQueueUnwritable. */
const queueBounds = { fullPercent: 80, oldestMs: 300_000, commitMs: 10_000 } as const;

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
