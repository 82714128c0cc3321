/** How each component is asked whether it works. What the checks throw is shown to anyone, so it names no address. */
import { sql } from 'kysely';
import type { PrometheusConnection } from '../common/prometheus/connection.ts';
import type { Database } from '../common/store/schema.ts';
import type { ComponentCheck, ComponentName } from './health.ts';

export interface Components {
  readonly prometheus: PrometheusConnection;
  /** Alertmanager has the same calls for readiness, and the same bounds suit it. */
  readonly alertmanager: PrometheusConnection;
  readonly db: Database;
}

/** An answer later than this is no answer: load balancers ask every few seconds. */
const timeoutMs = 2_000;

export function componentChecks({
  prometheus,
  alertmanager,
  db,
}: Components): Readonly<Record<ComponentName, ComponentCheck>> {
  return {
    prometheus: () => checkReady(prometheus),
    alertmanager: () => checkReady(alertmanager),
    async database() {
      try {
        await sql`select 1 from api_keys limit 1`.execute(db);
      } catch (cause) {
        throw new Error('the database does not answer', { cause });
      }
    },
  };
}

async function checkReady(connection: PrometheusConnection): Promise<void> {
  const { status } = await connection.call({ method: 'GET', path: '/-/ready', timeoutMs });
  if (status !== 200) throw new Error(`it is not ready (status ${status})`);
}
