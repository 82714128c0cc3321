/**
 * Queries of Prometheus' API: instant, range, and series in the index. Responses are checked and values parsed.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/
 */
import type { PrometheusAnswer, PrometheusConnection } from './connection.ts';
import { PrometheusError } from './error.ts';

/** The labels of a series, including `__name__` if the expression keeps it. */
export type SeriesLabels = Readonly<Record<string, string>>;

export interface InstantSample {
  readonly labels: SeriesLabels;
  /** May be NaN or infinite. */
  readonly value: number;
  /** When the expression was evaluated, in epoch milliseconds. Not the timestamp of the sample. */
  readonly timeMs: number;
}

export interface RangeSeries {
  readonly labels: SeriesLabels;
  /** Epoch milliseconds and value, in time order. */
  readonly points: readonly (readonly [number, number])[];
}

export interface InstantQuery {
  readonly expression: string;
  /** Epoch milliseconds. Default: now. */
  readonly timeMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RangeQuery {
  readonly expression: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly signal?: AbortSignal | undefined;
  /** `bypass` if exact instants and out-of-order samples matter. */
  readonly caches?: 'bypass' | undefined;
}

interface Answer {
  readonly status?: unknown;
  readonly errorType?: unknown;
  readonly error?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

/** Returns an instant vector, bypassing caches. Throws a `PrometheusError`. */
export async function queryInstant(
  connection: PrometheusConnection,
  query: InstantQuery,
): Promise<readonly InstantSample[]> {
  return parseInstant(await askInstant(connection, query));
}

/** Returns the answer of `queryInstant` before it is parsed, also a refusal. */
export function askInstant(
  connection: PrometheusConnection,
  { expression, timeMs, signal }: InstantQuery,
): Promise<PrometheusAnswer> {
  const parameters = new URLSearchParams({ query: expression });
  if (timeMs !== undefined) parameters.set('time', renderSeconds(timeMs));
  return connection.call({ method: 'POST', path: '/api/v1/query', parameters, signal, caches: 'bypass' });
}

/** Parses the answer to an instant query. Throws a `PrometheusError`. */
export function parseInstant(answer: PrometheusAnswer): readonly InstantSample[] {
  const result = parseResult(answer, 'vector') as { metric: SeriesLabels; value: [number, string] }[];
  return result.map(({ metric, value: [seconds, text] }) => ({
    labels: metric,
    value: parseValue(text),
    timeMs: Math.round(seconds * 1_000),
  }));
}

/** Returns a matrix with at most one point a step, including both ends. Throws a `PrometheusError`. */
export async function queryRange(
  connection: PrometheusConnection,
  { expression, startMs, endMs, stepMs, signal, caches }: RangeQuery,
): Promise<readonly RangeSeries[]> {
  const parameters = new URLSearchParams({
    query: expression,
    start: renderSeconds(startMs),
    end: renderSeconds(endMs),
    step: renderSeconds(stepMs),
  });
  return parseMatrix(
    await connection.call({ method: 'POST', path: '/api/v1/query_range', parameters, signal, caches }),
  );
}

export interface RawQuery {
  /** A vector selector: `{instance="web-1"}`. */
  readonly selector: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Returns samples with their timestamps, including both ends, without stale markers. Throws a `PrometheusError`. */
export async function queryRaw(
  connection: PrometheusConnection,
  { selector, startMs, endMs, signal }: RawQuery,
): Promise<readonly RangeSeries[]> {
  // Since Prometheus 3 a range does not include its start.
  const parameters = new URLSearchParams({
    query: `${selector}[${endMs - startMs + 1}ms]`,
    time: renderSeconds(endMs),
  });
  const answer = await connection.call({ method: 'POST', path: '/api/v1/query', parameters, signal, caches: 'bypass' });
  return parseMatrix(answer).map(({ labels, points }) => ({
    labels,
    points: points.filter(([timeMs]) => timeMs >= startMs),
  }));
}

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
  { method, path, signal, ...range }: SeriesQuery & { method: 'GET' | 'POST'; path: string },
): Promise<readonly unknown[]> {
  const answer = await connection.call({ method, path, parameters: seriesParameters(range), signal });
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const { data } = parseBody(answer);
  if (!Array.isArray(data)) throw new PrometheusError(`${path}: expected a list in "data"`, { fault: 'unavailable' });
  return data;
}

/** Returns `match[]`, `start` and `end` of the calls that take series selectors. */
export function seriesParameters({ selectors, startMs, endMs }: Omit<SeriesQuery, 'signal'>): URLSearchParams {
  const parameters = new URLSearchParams(selectors.map((selector): [string, string] => ['match[]', selector]));
  parameters.set('start', renderSeconds(startMs));
  parameters.set('end', renderSeconds(endMs));
  return parameters;
}

/** Returns the error in a response of Prometheus' API, undefined for 2xx. Throws a `PrometheusError` for responses of other servers. */
export function tryRefusal(answer: PrometheusAnswer): PrometheusError | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  const { errorType, error } = parseBody(answer);
  if (typeof error !== 'string' || typeof errorType !== 'string') throw notPrometheus(status);
  if (errorType === 'timeout' || errorType === 'canceled')
    return new PrometheusError(error, { fault: 'timeout', errorType });
  if (status >= 500 && errorType !== 'execution')
    return new PrometheusError(`Prometheus failed: ${error}`, { fault: 'unavailable', errorType });
  return new PrometheusError(error, { fault: 'rejected', errorType });
}

function parseMatrix(answer: PrometheusAnswer): readonly RangeSeries[] {
  const result = parseResult(answer, 'matrix') as { metric: SeriesLabels; values: [number, string][] }[];
  return result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([seconds, text]) => [Math.round(seconds * 1_000), parseValue(text)] as const),
  }));
}

function parseResult(answer: PrometheusAnswer, resultType: string): unknown[] {
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const { data } = parseBody(answer);
  if (data?.resultType !== resultType || !Array.isArray(data.result)) throw notPrometheus(answer.status);
  return data.result as unknown[];
}

function parseBody({ status, body }: PrometheusAnswer): Answer {
  try {
    return (JSON.parse(body.toString('utf8')) as Answer | null) ?? {};
  } catch (cause) {
    throw notPrometheus(status, cause);
  }
}

function notPrometheus(status: number, cause?: unknown): PrometheusError {
  const message =
    status === 503
      ? 'Prometheus is starting or stopping'
      : `the server at the URL of Prometheus does not speak its API (status ${status})`;
  return new PrometheusError(message, { fault: 'unavailable', cause });
}

/** Parses a value as Prometheus writes it: `NaN`, `+Inf` and `-Inf` included. */
function parseValue(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}

/** Seconds with millisecond precision. */
function renderSeconds(timeMs: number): string {
  return (timeMs / 1_000).toFixed(3);
}
