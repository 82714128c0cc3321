/** Who asks Prometheus and Alertmanager, each over connections of its own: nobody's questions wait for another's. */
import type { Registry } from 'prom-client';
import {
  type BasicAuth,
  createPrometheusConnection,
  type PrometheusConnection,
  type PrometheusOptions,
} from '../../common/prometheus/connection.ts';
import type { GatewayConfig } from '../config.ts';
import { probeBounds } from '../health/component-checks.ts';
import { prometheusMetrics } from './call-metrics.ts';

export interface Connections {
  /** People's and programs' queries. */
  readonly queries: PrometheusConnection;
  /** The table of last values, which asks all of its questions at once. */
  readonly table: PrometheusConnection;
  /** Rules: a change reads back while others list. */
  readonly rules: PrometheusConnection;
  /** About targets, and about what is stored where late samples go. */
  readonly ingest: PrometheusConnection;
  readonly probe: PrometheusConnection;
  readonly alertmanager: PrometheusConnection;
  readonly alertmanagerProbe: PrometheusConnection;
  /** Closes idle connections of all. */
  close(): void;
}

type Bounds = Pick<PrometheusOptions, 'timeoutMs' | 'maxConcurrency' | 'maxAnswerBytes'>;

const ingestBounds: Bounds = { timeoutMs: 30_000, maxConcurrency: 4, maxAnswerBytes: 64 * 2 ** 20 };

export function createConnections(
  config: GatewayConfig,
  basicAuth: BasicAuth | undefined,
  registry: Registry,
): Connections {
  const own = prometheusMetrics(registry);
  const likeQueries = (maxConcurrency: number): Bounds => ({
    timeoutMs: config.queryTimeoutMs,
    maxConcurrency,
    maxAnswerBytes: config.queryMaxAnswerBytes,
  });
  const atPrometheus = { name: 'Prometheus', url: config.prometheusUrl, basicAuth } as const;
  const atAlertmanager = { name: 'Alertmanager', url: config.alertmanagerUrl } as const;
  const counted = (bounds: Bounds): PrometheusConnection =>
    createPrometheusConnection({ ...atPrometheus, ...bounds, onCall: own.observe });
  const queries = counted(likeQueries(config.queryMaxConcurrency));
  own.watch(queries);
  const all = {
    queries,
    table: counted(likeQueries(8)),
    rules: counted(likeQueries(4)),
    ingest: createPrometheusConnection({ ...atPrometheus, ...ingestBounds }),
    probe: createPrometheusConnection({ ...atPrometheus, ...probeBounds }),
    alertmanager: createPrometheusConnection({ ...atAlertmanager, ...likeQueries(4) }),
    alertmanagerProbe: createPrometheusConnection({ ...atAlertmanager, ...probeBounds }),
  };
  return {
    ...all,
    close() {
      for (const connection of Object.values(all)) connection.close();
    },
  };
}
