/** Reads Prometheus' version from its API. Source: https://prometheus.io/docs/prometheus/latest/querying/api/#build-information */
import type { PrometheusAnswer, PrometheusConnection } from '../../common/prometheus/connection.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';

/**
 * Returns the version, such as `2.42.0+ds` (empty in a build without one), or undefined where the backend is not Prometheus.
 * Throws a `PrometheusError` when the backend does not answer.
 */
export async function tryPrometheusVersion(
  connection: PrometheusConnection,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return parseBuildInfo(await connection.call({ method: 'GET', path: '/api/v1/status/buildinfo', signal }));
}

/**
 * Parses an answer of `/api/v1/status/buildinfo`. Mimir names itself in `application`; VictoriaMetrics returns
 * only a compatible version of Prometheus; other backends have no such page.
 */
export function parseBuildInfo(answer: PrometheusAnswer): string | undefined {
  if (answer.status >= 400 && answer.status < 500) return undefined;
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const { data } = tryParse(answer.body.toString('utf8')) ?? {};
  const isPrometheus = data?.['application'] === undefined && typeof data?.['goVersion'] === 'string';
  const version = data?.['version'];
  return isPrometheus && typeof version === 'string' ? version : undefined;
}

interface BuildInfo {
  readonly data?: Readonly<Record<string, unknown>> | null;
}

/** Returns undefined for a page that is not JSON, such as a proxy's. */
function tryParse(text: string): BuildInfo | undefined {
  try {
    return (JSON.parse(text) as BuildInfo | null) ?? undefined;
  } catch {
    return undefined;
  }
}
