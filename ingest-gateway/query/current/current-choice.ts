/** Current values for one caller: from the shared table, or by separate queries where that is faster. */
import { allMetrics, type CatalogueMetric, metrics as hostMetrics } from '../../../common/catalogue/metrics.ts';
import type { Principal } from '../../../common/http/auth.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { allowedHosts, hostMatchers } from '../../auth/host-scope.ts';
import { readCurrent } from './current-values.ts';
import type { LastValues } from './last-values.ts';
import { renderTable, selectValues } from './value-table.ts';

export interface CurrentChoice {
  /** Undefined: all hosts that the caller may see. */
  readonly hosts: readonly string[] | undefined;
  /** Undefined: the metrics of every host. */
  readonly metrics: readonly CatalogueMetric[] | undefined;
  readonly principal: Principal | undefined;
  readonly signal: AbortSignal;
  readonly acceptsGzip: boolean;
}

export interface RenderedValues {
  readonly body: Buffer;
  readonly headers: { readonly Vary: string; readonly 'Content-Encoding'?: 'gzip' };
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
const tabled: ReadonlySet<CatalogueMetric> = new Set(hostMetrics);
const headers = { Vary: 'Accept-Encoding' } as const;

/** Returns the response with current values, as JSON. Throws a `PrometheusError`, and 403 for a host that the caller may not see. */
export async function renderCurrent(
  { hosts: asked, metrics = hostMetrics, principal, signal, acceptsGzip }: CurrentChoice,
  { prometheus, lastValues, now }: CurrentSources,
): Promise<RenderedValues> {
  const hosts = allowedHosts(asked, principal);
  const wanted = new Set(metrics);
  // The table has the metrics of every host, and no workload metrics.
  const isTabled = metrics.every((metric) => tabled.has(metric));
  const isNarrow = (hosts?.length ?? Infinity) <= narrowHosts || wanted.size <= narrowMetrics;
  const positions = tryPositions(wanted);
  const gzip = acceptsGzip && hosts === undefined && positions === undefined;
  const table = isTabled ? (isNarrow ? lastValues.tryRead() : await lastValues.read({ gzip })) : undefined;
  if (gzip && table?.gzip !== undefined)
    return { body: Buffer.from(table.gzip.buffer), headers: { ...headers, 'Content-Encoding': 'gzip' } };
  if (table !== undefined) return { body: selectValues(table, { hosts, metrics: positions }), headers };
  const timeMs = now();
  const queried = allMetrics.filter((metric) => wanted.has(metric));
  const matchers = hostMatchers(asked, principal);
  const values = await readCurrent({ prometheus, metrics: queried, matchers, timeMs, signal });
  const names = queried.map(({ name }) => name);
  return { body: Buffer.from(renderTable(timeMs, values, names).body.buffer), headers };
}

/** Returns the positions in the table; undefined for all of its metrics. */
function tryPositions(wanted: ReadonlySet<CatalogueMetric>): readonly number[] | undefined {
  if (wanted.size === hostMetrics.length) return undefined;
  return hostMetrics.flatMap((metric, position) => (wanted.has(metric) ? [position] : []));
}
