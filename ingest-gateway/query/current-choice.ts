/** Current values for one caller: out of the table that all share, or asked for alone where that is faster. */
import { metrics as allMetrics } from '../../common/catalogue/index.ts';
import type { CatalogueMetric } from '../../common/catalogue/metric.ts';
import type { Principal } from '../../common/http/auth.ts';
import { allowedHosts, hostMatchers } from '../auth/host-scope.ts';
import type { Services } from '../services.ts';
import { type HostValues, readCurrent } from './current-values.ts';
import type { ValueTable } from './last-values.ts';

export interface CurrentChoice {
  /** Undefined: any that the caller may see. */
  readonly hosts: readonly string[] | undefined;
  /** Undefined: all. */
  readonly metrics: readonly CatalogueMetric[] | undefined;
  readonly principal: Principal | undefined;
  readonly signal: AbortSignal;
}

export interface CurrentReading {
  /** Of the values; milliseconds since the epoch. */
  readonly timeMs: number;
  readonly hosts: readonly HostValues[];
  /** All of the table, where that was asked for. */
  readonly whole?: ValueTable;
}

/** Few hosts or metrics are read faster than the table of all, which may be cold. */
const narrowHosts = 10;
const narrowMetrics = 5;

/** Throws a `PrometheusError`, and 403 for a host that the caller may not see. */
export async function chooseCurrent(
  { hosts: asked, metrics = allMetrics, principal, signal }: CurrentChoice,
  { prometheus, lastValues, now }: Services,
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

/** A host without any of the metrics is left out, as it is when asked for alone. */
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
