/**
 * Calls Prometheus' TSDB admin API, which needs `--web.enable-admin-api`.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/#tsdb-admin-apis
 */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';

export interface DeletedRange {
  /** Deletes from every series that at least one selector matches. */
  readonly selectors: readonly [string, ...string[]];
  /** Both ends included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Long enough to rewrite thirty days of blocks on a slow disk. */
const cleanTimeoutMs = 30 * 60_000;

/**
 * Deletes samples: queries no longer return them, and `cleanTombstones` or the next compaction frees their space. Out-of-order
 * samples that are not compacted yet stay, with the same answer, so count again afterwards. Throws a `PrometheusError`.
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
    throw new PrometheusError(
      'the backend has no TSDB admin API; set retention.enabled: false if it has its own retention',
      {
        fault: 'unavailable',
      },
    );
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
}
