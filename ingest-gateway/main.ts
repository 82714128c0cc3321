/** The ingest gateway as a program: its parts made of its configuration, started and stopped in order. */
import { createHttpServer } from '../common/http/server.ts';
import { createGuardedServers } from '../common/http/web-guard.ts';
import type { Program, ProgramContext, Service } from '../common/program/program.ts';
import type { ListenAddress } from '../common/program/quantity.ts';
import { createSelfMetrics } from '../common/program/self-metrics.ts';
import { createPrometheusConnection } from '../common/prometheus/connection.ts';
import { openStore } from '../common/store/open.ts';
import { componentChecks, probeBounds } from './component-checks.ts';
import { checkConfig, type GatewayConfig, settings } from './config.ts';
import { createCredentialGuard } from './credential-guard.ts';
import { createCredentials, tryJwtVerifier } from './credentials.ts';
import { createHealthProbe } from './health.ts';
import { prometheusMetrics } from './prometheus-metrics.ts';
import { createCollectorLimit } from './rate-limit.ts';
import { createApplication } from './server.ts';

export const gateway: Program<typeof settings> = {
  name: 'gateway',
  summary: 'The /api/v1 contract: current values, history and health of hosts, over Prometheus.',
  settings,
  check: checkConfig,
  create: createGateway,
};

export interface GatewayService extends Service {
  /** Where it listens, ports filled in; empty before `start`. */
  bound(): readonly ListenAddress[];
}

export async function createGateway(config: GatewayConfig, { log, version }: ProgramContext): Promise<GatewayService> {
  const now = Date.now;
  const registry = createSelfMetrics({ program: 'gateway', version });
  const store = await openStore({ path: config.databasePath });
  const { prometheusUser: username, prometheusPassword: password } = config;
  const basicAuth = username === undefined || password === undefined ? undefined : { username, password };
  const atPrometheus = { name: 'Prometheus', url: config.prometheusUrl, basicAuth } as const;
  const queries = prometheusMetrics(registry);
  const prometheus = createPrometheusConnection({
    ...atPrometheus,
    timeoutMs: config.queryTimeoutMs,
    maxConcurrency: config.queryMaxConcurrency,
    maxAnswerBytes: config.queryMaxAnswerBytes,
    onCall: queries.observe,
  });
  queries.watch(prometheus);
  const probes = {
    prometheus: createPrometheusConnection({ ...atPrometheus, ...probeBounds }),
    alertmanager: createPrometheusConnection({ name: 'Alertmanager', url: config.alertmanagerUrl, ...probeBounds }),
  };
  const state = { isReady: false };
  const handler = createApplication({
    services: {
      prometheus,
      db: store.db,
      credentials: createCredentials({ db: store.db, jwt: await tryJwtVerifier(config, { log, now }), now }),
      credentialGuard: createCredentialGuard({
        failuresPerMinute: config.failedCredentialsPerMinute,
        now: monotonicMs,
      }),
      collectorLimit: createCollectorLimit({ requestsPerMinute: config.collectRequestsPerMinute, now: monotonicMs }),
      health: createHealthProbe({ checks: componentChecks({ ...probes, db: store.db }), now }),
      limits: { timeoutMs: config.queryTimeoutMs, maxSeries: config.queryMaxSeries },
      now,
    },
    registry,
    log,
    publicUrl: config.publicUrl,
    version,
    isReady: () => state.isReady,
  });
  const { webConfigFile } = config;
  const server = createHttpServer({
    addresses: config.listenAddresses,
    handler,
    log,
    ...(webConfigFile === undefined ? {} : { createServer: createGuardedServers(webConfigFile, log) }),
  });

  return {
    bound: () => server.bound(),
    async start() {
      await server.start();
      state.isReady = true;
    },
    async stop() {
      if (state.isReady) {
        state.isReady = false;
        await new Promise((resolve) => setTimeout(resolve, config.drainDelayMs));
      }
      await server.stop();
      for (const connection of [prometheus, probes.prometheus, probes.alertmanager]) connection.close();
      await store.close();
    },
  };
}

function monotonicMs(): number {
  return performance.now();
}
