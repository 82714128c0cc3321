/** Current values for one caller: from the shared table, or by separate queries where that is faster. */
import { metrics as allMetrics, type CatalogueMetric } from '../../common/catalogue/metrics.ts';
import type { Principal } from '../../common/http/auth.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { allowedHosts, hostMatchers } from '../auth/host-scope.ts';
import { type HostValues, readCurrent } from './current-values.ts';
import type { LastValues, ValueTable } from './last-values.ts';

export interface CurrentChoice {
  /** Undefined: all hosts that the caller may see. */
  readonly hosts: readonly string[] | undefined;
  /** Undefined: all metrics. */
  readonly metrics: readonly CatalogueMetric[] | undefined;
  readonly principal: Principal | undefined;
  readonly signal: AbortSignal;
}

export interface CurrentReading {
  /** Time of the values; milliseconds since the epoch. */
  readonly timeMs: number;
  readonly hosts: readonly HostValues[];
  /** The whole table, if all of it was requested. */
  readonly whole?: ValueTable;
}

export interface CurrentSources {
  readonly prometheus: PrometheusConnection;
  readonly lastValues: LastValues;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Up to this many hosts or metrics, separate queries are faster than loading the table. */
const narrowHosts = 10;
const narrowMetrics = 5;

/** Returns current values. Throws a `PrometheusError`, and 403 for a host that the caller may not see. */
export async function chooseCurrent(
  { hosts: asked, metrics = allMetrics, principal, signal }: CurrentChoice,
  { prometheus, lastValues, now }: CurrentSources,
): Promise<CurrentReading> {
  const hosts = allowedHosts(asked, principal);
  const wanted = new Set(metrics);
  const isNarrow = (hosts?.length ?? Infinity) <= narrowHosts || wanted.size <= narrowMetrics;
  const table = isNarrow ? lastValues.tryRead() : await lastValues.read();
  if (table === undefined) {
    const timeMs = now();
    const matchers = hostMatchers(asked, principal);
    return { timeMs, hosts: await readCurrent({ prometheus, metrics: [...wanted], matchers, timeMs, signal }) };
  }
  const isWhole = hosts === undefined && wanted.size === allMetrics.length;
  if (isWhole) return { timeMs: table.timeMs, hosts: [...table.hosts.values()], whole: table };
  return { timeMs: table.timeMs, hosts: select(table, hosts, new Set([...wanted].map(({ name }) => name))) };
}

/** Leaves out hosts without any of the metrics, as a separate query does. */
function select(
  { hosts: table }: ValueTable,
  hosts: readonly string[] | undefined,
  names: ReadonlySet<string>,
): readonly HostValues[] {
  const found =
    hosts === undefined ? [...table.values()] : [...table.values()].filter((each) => hosts.includes(each.host));
  return found
    .map(({ host, values }) => ({ host, values: values.filter(({ metric }) => names.has(metric)) }))
    .filter(({ values }) => values.length > 0);
}
