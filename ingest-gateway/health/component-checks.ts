/** Health checks of the components. Their errors are public, so they contain no addresses. */
import { sql } from 'kysely';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryInstant } from '../../common/prometheus/query.ts';
import type { Database } from '../../common/store/schema.ts';
import { probeBounds } from '../prometheus/connections.ts';
import type { QueueState } from '../queue/batch-queue.ts';
import type { ComponentCheck, ComponentName } from './health.ts';
import { checkQueue } from './queue-check.ts';

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
