/** Creates the relay's HTTP connections to Alertmanager and Prometheus. */
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

export function createConnections(config: RelayConfig): Connections {
  const { alertmanagerUser, alertmanagerPassword, prometheusUrl, prometheusUser, prometheusPassword } = config;
  const prometheusAuth = basicAuthOf(prometheusUser, prometheusPassword);
  const prometheus = {
    name: 'Prometheus',
    url: prometheusUrl,
    basicAuth: prometheusAuth,
    headers: config.prometheusHeaders,
  } as const;
  const alertmanagerAuth = basicAuthOf(alertmanagerUser, alertmanagerPassword);
  const connections = {
    alertmanager: tryConnect({
      name: 'Alertmanager',
      url: config.alertmanagerUrl,
      basicAuth: alertmanagerAuth,
      ...queryLimits,
    }),
    prometheus: tryConnect({ ...prometheus, ...queryLimits }),
    picturePrometheus: tryConnect({ ...prometheus, ...pictureLimits }),
  };
  return {
    ...connections,
    close() {
      for (const connection of Object.values(connections)) connection?.close();
    },
  };
}

function tryConnect({
  url,
  ...options
}: Omit<PrometheusOptions, 'url'> & { readonly url: string | undefined }): PrometheusConnection | undefined {
  return url === undefined ? undefined : createPrometheusConnection({ ...options, url });
}

function basicAuthOf(username: string | undefined, password: Secret | undefined): PrometheusOptions['basicAuth'] {
  return username === undefined || password === undefined ? undefined : { username, password };
}
