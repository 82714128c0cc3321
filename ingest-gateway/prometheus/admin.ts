/**
 * Prometheus' TSDB admin API, which `--web.enable-admin-api` opens.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/#tsdb-admin-apis
 */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';

export interface DeletedRange {
  /** A series goes when any selector matches it. */
  readonly selectors: readonly [string, ...string[]];
  /** Both ends included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Rewriting thirty days of blocks takes as long as the disk does. */
const cleanTimeoutMs = 30 * 60_000;

/**
 * Hides the samples from queries; their space comes back by `cleanTombstones` or at the next compaction. Late samples that
 * are not compacted yet stay, with the same answer: count again. Throws a `PrometheusError`.
 */
export async function deleteSeries(
  connection: PrometheusConnection,
  { selectors, startMs, endMs, signal }: DeletedRange,
): Promise<void> {
  const parameters = new URLSearchParams(selectors.map((selector) => ['match[]', selector] as [string, string]));
  parameters.set('start', (startMs / 1_000).toFixed(3));
  parameters.set('end', (endMs / 1_000).toFixed(3));
  await post(connection, { path: '/api/v1/admin/tsdb/delete_series', parameters, signal });
}

/** Rewrites the blocks that hold deleted samples. Throws a `PrometheusError`. */
export async function cleanTombstones(connection: PrometheusConnection, signal?: AbortSignal): Promise<void> {
  await post(connection, { path: '/api/v1/admin/tsdb/clean_tombstones', signal, timeoutMs: cleanTimeoutMs });
}

interface AdminCall {
  readonly path: string;
  readonly parameters?: URLSearchParams;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

async function post(connection: PrometheusConnection, call: AdminCall): Promise<void> {
  const answer = await connection.call({ method: 'POST', ...call });
  if (answer.status === 404)
    throw new PrometheusError('there is no TSDB admin API: a backend with a retention of its own', {
      fault: 'unavailable',
    });
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
}
