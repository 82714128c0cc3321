/** Health checks of the components. Their errors are public, so they contain no addresses. */
import { sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import { inTime } from '../../common/program/time-limit.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryInstant } from '../../common/prometheus/query.ts';
import { relayPresence } from '../../common/store/relay-records.ts';
import type { Database } from '../../common/store/schema.ts';
import { probeBounds } from '../prometheus/connections.ts';
import type { QueueState } from '../queue/batch-queue.ts';
import { absent, type ComponentCheck, type ComponentName } from './health.ts';

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
      try {
        await withinProbe(sql`select 1 from api_keys limit 1`.execute(db));
        return undefined;
      } catch (cause) {
        throw new Error('the database does not answer', { cause });
      }
    },
    async queue() {
      return checkQueue(queue(), now());
    },
    relay: () => checkRelay(db, now()),
  };
}

/** Registers the gauge `hostpulse_gateway_database_up`, on which the alert DatabaseDown fires. */
export function observeDatabase(registry: Registry, check: ComponentCheck): void {
  new Gauge({
    name: 'hostpulse_gateway_database_up',
    help: `1 when the database answers within ${probeBounds.timeoutMs / 1_000} s, otherwise 0.`,
    registers: [registry],
    async collect() {
      const isUp = await check().then(
        () => true,
        () => false,
      );
      this.set(Number(isUp));
    },
  });
}

function withinProbe<T>(work: Promise<T>): Promise<T> {
  return inTime(work, probeBounds.timeoutMs, () => new Error('timeout'));
}

/** Throws when the relay is silent. A database that does not answer is reported as the component `database` alone. */
async function checkRelay(db: Database, nowMs: number): Promise<typeof absent | undefined> {
  const presence = await withinProbe(relayPresence(db, nowMs)).catch(() => ({ kind: 'absent' }) as const);
  if (presence.kind === 'silent')
    throw new Error(`the relay has not run since ${new Date(presence.sinceMs).toISOString()}; alerts are not sent`);
  return presence.kind === 'absent' ? absent : undefined;
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
