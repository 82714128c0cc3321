/** The relay's HTTP connections to Alertmanager and Prometheus. */
import type { Secret } from '../common/program/settings/secret.ts';
import {
  createPrometheusConnection,
  type PrometheusConnection,
  type PrometheusOptions,
} from '../common/prometheus/connection.ts';
import type { RelayConfig } from './config.ts';

/** Each is undefined where its URL is not configured. */
export interface Connections {
  readonly alertmanager: PrometheusConnection | undefined;
  readonly prometheus: PrometheusConnection | undefined;
  /** A separate pool to the same Prometheus: slow queries for pictures delay no other query. */
  readonly picturePrometheus: PrometheusConnection | undefined;
  close(): void;
}

const queryLimits = { timeoutMs: 10_000, maxConcurrency: 4, maxAnswerBytes: 64 * 2 ** 20 };
const pictureLimits = { timeoutMs: 3_000, maxConcurrency: 2, maxAnswerBytes: 4 * 2 ** 20 };

interface Server {
  readonly name: PrometheusOptions['name'];
  readonly url: string | undefined;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
}

export function createConnections(config: RelayConfig): Connections {
  const { prometheusUrl, prometheusUser: username, prometheusPassword: password } = config;
  const prometheus = { name: 'Prometheus', url: prometheusUrl, username, password } as const;
  const connections = {
    alertmanager: tryConnect(
      {
        name: 'Alertmanager',
        url: config.alertmanagerUrl,
        username: config.alertmanagerUser,
        password: config.alertmanagerPassword,
      },
      queryLimits,
    ),
    prometheus: tryConnect(prometheus, queryLimits),
    picturePrometheus: tryConnect(prometheus, pictureLimits),
  };
  return {
    ...connections,
    close() {
      for (const connection of Object.values(connections)) connection?.close();
    },
  };
}

function tryConnect(
  { name, url, username, password }: Server,
  limits: Pick<PrometheusOptions, 'timeoutMs' | 'maxConcurrency' | 'maxAnswerBytes'>,
): PrometheusConnection | undefined {
  if (url === undefined) return undefined;
  const basicAuth = username === undefined || password === undefined ? undefined : { username, password };
  return createPrometheusConnection({ name, url, basicAuth, ...limits });
}
