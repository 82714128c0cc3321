/**
 * Calls Prometheus' TSDB admin API, which needs `--web.enable-admin-api`, and reads the size of its storage.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/#tsdb-admin-apis
 */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { seriesParameters, tryRefusal } from '../../common/prometheus/query.ts';

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
  const parameters = seriesParameters({ selectors, startMs, endMs });
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

/** Returns the bytes of all blocks; undefined where the backend exposes no such metric. */
export function tryBlockBytes(connection: PrometheusConnection, signal?: AbortSignal): Promise<number | undefined> {
  return tryOwnMetric(connection, 'prometheus_tsdb_storage_blocks_bytes', signal);
}

/** Reads a metric without labels from the backend's own `/metrics`. */
async function tryOwnMetric(
  connection: PrometheusConnection,
  name: string,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { status, body } = await connection.call({ method: 'GET', path: '/metrics', signal });
  if (status !== 200) return undefined;
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(body.toString('utf8')) ?? [];
  return value === undefined ? undefined : Number(value);
}

export interface HeadRange {
  /** The oldest and the newest sample that arrived in order; without a sample, `minMs` is later than `maxMs`. */
  readonly minMs: number;
  readonly maxMs: number;
}

/** Returns the range of samples that are in memory and in no block; undefined where the backend is not Prometheus. */
export async function tryHeadRange(
  connection: PrometheusConnection,
  signal?: AbortSignal,
): Promise<HeadRange | undefined> {
  const answer = await connection.call({ method: 'GET', path: '/api/v1/status/tsdb', signal });
  if (answer.status >= 400 && answer.status < 500) return undefined;
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const { data } = JSON.parse(answer.body.toString('utf8')) as { readonly data?: { readonly headStats?: unknown } };
  const { minTime, maxTime } = (data?.headStats ?? {}) as Readonly<Record<string, unknown>>;
  return typeof minTime === 'number' && typeof maxTime === 'number' ? { minMs: minTime, maxMs: maxTime } : undefined;
}
