/** Reads Prometheus' index and the size of its storage. Source: https://prometheus.io/docs/prometheus/latest/querying/api/#querying-metadata */
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { type SeriesLabels, tryRefusal } from '../../common/prometheus/query.ts';

export interface LabelQuery {
  readonly label: string;
  readonly selector: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Returns the label's values among matching series. Only the index is read, so a value may have no sample within the range. */
export async function queryLabelValues(
  connection: PrometheusConnection,
  { label, selector, ...range }: LabelQuery,
): Promise<readonly string[]> {
  const path = `/api/v1/label/${label}/values`;
  return (await queryIndex(connection, { method: 'GET', path, selectors: [selector], ...range })).map(String);
}

export interface SeriesQuery {
  readonly selectors: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Returns the labels of every series that any selector matches, as the index has them. */
export async function querySeries(
  connection: PrometheusConnection,
  query: SeriesQuery,
): Promise<readonly SeriesLabels[]> {
  return (await queryIndex(connection, { method: 'POST', path: '/api/v1/series', ...query })) as SeriesLabels[];
}

async function queryIndex(
  connection: PrometheusConnection,
  { method, path, selectors, startMs, endMs, signal }: SeriesQuery & { method: 'GET' | 'POST'; path: string },
): Promise<readonly unknown[]> {
  const parameters = new URLSearchParams(selectors.map((selector): [string, string] => ['match[]', selector]));
  parameters.set('start', (startMs / 1_000).toFixed(3));
  parameters.set('end', (endMs / 1_000).toFixed(3));
  const answer = await connection.call({ method, path, parameters, signal });
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const { data } = JSON.parse(answer.body.toString('utf8')) as { readonly data?: unknown };
  if (!Array.isArray(data)) throw new PrometheusError(`${path}: expected a list in "data"`, { fault: 'unavailable' });
  return data;
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
