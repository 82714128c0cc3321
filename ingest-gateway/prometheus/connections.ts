/** The gateway's connections to Prometheus and Alertmanager: one for each kind of caller, so that one kind cannot delay another. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { HttpHeaders } from '../../common/program/settings/http-headers.ts';
import {
  type BasicAuth,
  callOutcomes,
  createPrometheusConnection,
  type PrometheusConnection,
  type PrometheusOptions,
} from '../../common/prometheus/connection.ts';

export interface Connections {
  /** Queries of users and programs. */
  readonly queries: PrometheusConnection;
  /** The table of current values, which sends all its queries at once. */
  readonly table: PrometheusConnection;
  /** Alert rules: an edit polls its rule while other callers list rules. */
  readonly rules: PrometheusConnection;
  /** Scrape targets, and the stored samples of out-of-order pushes. */
  readonly ingest: PrometheusConnection;
  readonly probe: PrometheusConnection;
  readonly alertmanager: PrometheusConnection;
  readonly alertmanagerProbe: PrometheusConnection;
  /** Closes idle connections. */
  close(): void;
}

export interface ConnectionSettings {
  readonly prometheusUrl: string;
  readonly prometheusHeaders?: HttpHeaders | undefined;
  readonly alertmanagerUrl: string;
  readonly queryTimeoutMs: number;
  readonly queryMaxConcurrency: number;
  readonly queryMaxConcurrencyPerCaller: number;
  readonly queryMaxAnswerBytes: number;
}

type Bounds = Pick<PrometheusOptions, 'timeoutMs' | 'maxConcurrency' | 'maxAnswerBytes'>;

const ingestBounds: Bounds = { timeoutMs: 30_000, maxConcurrency: 4, maxAnswerBytes: 64 * 2 ** 20 };

/**
 * Factor between the timeout of a single query and the timeout of the queries of a table. All queries of a table are sent at once,
 * and most of them wait for a slot.
 */
const tableTimeouts = 6;
const tableConcurrency = 4;

/** A later response counts as none, because load balancers probe every few seconds. */
export const probeBounds: Bounds = { timeoutMs: 2_000, maxConcurrency: 1, maxAnswerBytes: 100_000 };

export interface ConnectionAuth {
  readonly prometheus: BasicAuth | undefined;
  readonly alertmanager: BasicAuth | undefined;
}

export function createConnections(settings: ConnectionSettings, auth: ConnectionAuth, registry: Registry): Connections {
  const queryBounds = (maxConcurrency: number): Bounds => ({
    timeoutMs: settings.queryTimeoutMs,
    maxConcurrency,
    maxAnswerBytes: settings.queryMaxAnswerBytes,
  });
  const prometheus = {
    name: 'Prometheus',
    url: settings.prometheusUrl,
    basicAuth: auth.prometheus,
    headers: settings.prometheusHeaders,
  } as const;
  const alertmanager = {
    name: 'Alertmanager',
    url: settings.alertmanagerUrl,
    basicAuth: auth.alertmanager,
  } as const;
  const onCall = observeCalls(registry);
  const observed = (bounds: Bounds): PrometheusConnection =>
    createPrometheusConnection({ ...prometheus, ...bounds, onCall });
  const queries = createPrometheusConnection({
    ...prometheus,
    ...queryBounds(settings.queryMaxConcurrency),
    maxConcurrencyPerCaller: settings.queryMaxConcurrencyPerCaller,
    onCall,
  });
  observeWaiting(registry, queries);
  const all = {
    queries,
    table: observed({ ...queryBounds(tableConcurrency), timeoutMs: tableTimeouts * settings.queryTimeoutMs }),
    rules: observed(queryBounds(4)),
    ingest: createPrometheusConnection({ ...prometheus, ...ingestBounds }),
    probe: createPrometheusConnection({ ...prometheus, ...probeBounds }),
    alertmanager: createPrometheusConnection({ ...alertmanager, ...queryBounds(4) }),
    alertmanagerProbe: createPrometheusConnection({ ...alertmanager, ...probeBounds }),
  };
  return {
    ...all,
    close() {
      for (const connection of Object.values(all)) connection.close();
    },
  };
}

function observeCalls(registry: Registry): NonNullable<PrometheusOptions['onCall']> {
  const calls = new Counter({
    name: 'hostpulse_gateway_prometheus_calls_total',
    help: 'Calls to Prometheus by outcome. A query that Prometheus refused counts as answered.',
    labelNames: ['outcome'] as const,
    registers: [registry],
  });
  for (const outcome of callOutcomes) calls.inc({ outcome }, 0);
  const durations = new Histogram({
    name: 'hostpulse_gateway_prometheus_call_duration_seconds',
    help: 'Duration of calls to Prometheus, including the wait for a free slot.',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return (outcome, seconds) => {
    calls.inc({ outcome });
    durations.observe(seconds);
  };
}

function observeWaiting(registry: Registry, connection: PrometheusConnection): void {
  new Gauge({
    name: 'hostpulse_gateway_prometheus_calls_waiting',
    help: 'Queries that wait for a free slot.',
    registers: [registry],
    collect() {
      this.set(connection.waiting());
    },
  });
}
