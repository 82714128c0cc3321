/** What a Prometheus says of its own storage: values of a label, and the bytes and number of its blocks. */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';

export interface LabelQuery {
  readonly label: string;
  readonly selector: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The label's values among series that match; from the index alone, so some may have no sample within the range. */
export async function queryLabelValues(
  connection: PrometheusConnection,
  { label, selector, startMs, endMs, signal }: LabelQuery,
): Promise<readonly string[]> {
  const parameters = new URLSearchParams({
    'match[]': selector,
    start: (startMs / 1_000).toFixed(3),
    end: (endMs / 1_000).toFixed(3),
  });
  const answer = await connection.call({ method: 'GET', path: `/api/v1/label/${label}/values`, parameters, signal });
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const { data } = JSON.parse(answer.body.toString('utf8')) as { readonly data?: unknown };
  if (!Array.isArray(data)) throw new PrometheusError('label values: expected a list', { fault: 'unavailable' });
  return data.map(String);
}

/** Returns the bytes of all blocks; undefined where the backend exposes no such metric. */
export async function tryBlockBytes(
  connection: PrometheusConnection,
  signal?: AbortSignal,
): Promise<number | undefined> {
  return tryOwnMetric(connection, 'prometheus_tsdb_storage_blocks_bytes', signal);
}

/** Returns how many blocks Prometheus has loaded; undefined where the backend exposes no such metric. */
export async function tryLoadedBlocks(
  connection: PrometheusConnection,
  signal?: AbortSignal,
): Promise<number | undefined> {
  return tryOwnMetric(connection, 'prometheus_tsdb_blocks_loaded', signal);
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
