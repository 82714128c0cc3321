/** The ingest gateway as a program: its parts made of its configuration, started and stopped in order. */
import { metrics } from '../common/catalogue/index.ts';
import { createHttpServer } from '../common/http/server.ts';
import { createGuardedServers } from '../common/http/web-config/web-guard.ts';
import type { Program, ProgramContext, Service } from '../common/program/program.ts';
import { createSelfMetrics } from '../common/program/self-metrics.ts';
import type { ListenAddress } from '../common/program/settings/units.ts';
import { openStore } from '../common/store/open.ts';
import { createCredentialGuard } from './auth/credential-guard.ts';
import { createCredentials, tryJwtVerifier } from './auth/credentials.ts';
import { hostMatchers } from './auth/host-scope.ts';
import { createCollectorLimit } from './auth/rate-limit.ts';
import { checkConfig, type GatewayConfig, settings } from './config.ts';
import { componentChecks } from './health/component-checks.ts';
import { createHealthProbe } from './health/health.ts';
import { createIntake } from './ingest/ingest-pipeline.ts';
import { createConnections } from './prometheus/connections.ts';
import { readCurrent } from './query/current-values.ts';
import { createLastValues } from './query/last-values.ts';
import { createTiers } from './rollups/tiers.ts';
import { createRuleService } from './rules/rule-service.ts';
import { createApplication } from './server.ts';
import type { Services } from './services.ts';

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
  /** The same of OTLP/gRPC. */
  grpcBound(): readonly ListenAddress[];
}

export async function createGateway(config: GatewayConfig, { log, version }: ProgramContext): Promise<GatewayService> {
  const now = Date.now;
  const registry = createSelfMetrics({ program: 'gateway', version });
  const location = { path: config.databasePath, url: config.databaseUrl };
  const store = await openStore(location);
  /** For what is written while others wait: when a key was last used, who pushed. */
  const quickStore = await openStore({ ...location, durability: 'process', busyTimeoutMs: 50 });
  const { prometheusUser: username, prometheusPassword: password } = config;
  const basicAuth = username === undefined || password === undefined ? undefined : { username, password };
  const connections = createConnections(config, basicAuth, registry);
  const { prometheusUrl, prometheusWriteUrl: writeUrl } = config;
  const databaseFile = config.databaseUrl === undefined ? config.databasePath : undefined;
  const stores = { db: store.db, quickDb: quickStore.db, databaseFile };
  const tiers = createTiers({ config, registry, log, now, basicAuth, ...stores, prometheusUrl, writeUrl });
  const { lateWindows } = tiers;
  const intake = await createIntake({
    config,
    registry,
    log,
    now,
    basicAuth,
    db: quickStore.db,
    prometheus: connections.intake,
    lateWindows,
  });
  const lastValues = createLastValues({
    load: (timeMs) =>
      readCurrent({ prometheus: connections.table, metrics, matchers: hostMatchers(undefined, undefined), timeMs }),
    log,
    now,
  });
  const rules = createRuleService({
    db: store.db,
    prometheus: connections.rules,
    alertmanager: connections.alertmanager,
    registry,
    log,
    now,
    folderPath: config.customRulesDirectory,
    intervalMs: config.ruleInterval,
    promtoolPath: config.promtoolPath,
  });
  const state = { isReady: false };
  const services: Services = {
    prometheus: connections.queries,
    alertmanager: connections.alertmanager,
    db: store.db,
    credentials: createCredentials({ store: quickStore, jwt: await tryJwtVerifier(config, { log, now }), now }),
    credentialGuard: createCredentialGuard({ failuresPerMinute: config.failedCredentialsPerMinute, now: monotonicMs }),
    loginGuard: createCredentialGuard({ failuresPerMinute: config.failedLoginsPerMinute, now: monotonicMs }),
    collectorLimit: createCollectorLimit({ requestsPerMinute: config.collectRequestsPerMinute, now: monotonicMs }),
    health: createHealthProbe({
      checks: componentChecks({
        prometheus: connections.probe,
        alertmanager: connections.alertmanagerProbe,
        db: store.db,
        queue: intake.queueState,
        now,
      }),
      now,
    }),
    intake: intake.intake,
    rules,
    lastValues,
    limits: {
      timeoutMs: config.queryTimeoutMs,
      maxSeries: config.queryMaxSeries,
      keptMs: { raw: config.retentionRawMs, '1m': config.retentionMinuteMs },
    },
    now,
  };
  const handler = createApplication({
    services,
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
  const grpc =
    config.grpcListenAddresses.length === 0
      ? undefined
      : (await import('./otlp/grpc-listener.ts')).createGrpcListener({
          addresses: config.grpcListenAddresses,
          webConfigFile,
          services,
          log,
        });

  return {
    bound: () => server.bound(),
    grpcBound: () => grpc?.bound() ?? [],
    async start() {
      await server.start();
      await grpc?.start();
      intake.start();
      await tiers.start();
      lastValues.start();
      rules.start();
      state.isReady = true;
    },
    async stop() {
      if (state.isReady) {
        state.isReady = false;
        await new Promise((resolve) => setTimeout(resolve, config.drainDelayMs));
      }
      await Promise.all([server.stop(), grpc?.stop()]);
      await intake.stop();
      await tiers.stop();
      await rules.stop();
      lastValues.stop();
      connections.close();
      await quickStore.close();
      await store.close();
    },
  };
}

function monotonicMs(): number {
  return performance.now();
}
