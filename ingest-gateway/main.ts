/** The gateway program: creates its parts from the configuration, starts them in order and stops them in reverse. */
import { setTimeout as sleep } from 'node:timers/promises';
import { metrics } from '../common/catalogue/metrics.ts';
import { createHttpServer } from '../common/http/server.ts';
import { createGuardedServers } from '../common/http/web-config/web-guard.ts';
import { createLifecycle } from '../common/program/lifecycle.ts';
import type { Program, ProgramContext, Service } from '../common/program/program.ts';
import { createSelfMetrics } from '../common/program/self-metrics.ts';
import type { Secret } from '../common/program/settings/secret.ts';
import type { ListenAddress } from '../common/program/settings/units.ts';
import type { BasicAuth } from '../common/prometheus/connection.ts';
import { openStore } from '../common/store/open.ts';
import type { Services } from './api/services.ts';
import { createCredentials, tryJwtVerifier } from './auth/credentials.ts';
import { hostMatchers } from './auth/host-scope.ts';
import { createCollectorLimit, createCredentialGuard } from './auth/rate-limits.ts';
import { checkConfig, type GatewayConfig, settings } from './config.ts';
import { createBodyDecoder } from './decode/body-decoder.ts';
import { createDecodeThread } from './decode/decode-thread.ts';
import { createEnrollment } from './enrollment/enrollment.ts';
import { componentChecks, observeDatabase } from './health/component-checks.ts';
import { createHealthProbe } from './health/health.ts';
import { createSeriesLimits, createSeriesSeed } from './ingest/active-series/series-limits.ts';
import { createIngestPipeline } from './ingest/ingest-pipeline.ts';
import { createConnections } from './prometheus/connections.ts';
import { askCurrent } from './query/current/current-values.ts';
import { createLastValues } from './query/current/last-values.ts';
import { createTableThread } from './query/current/table-thread.ts';
import { createTiers } from './rollups/tiers.ts';
import { createRuleService } from './rules/rule-service.ts';
import { createApplication } from './server.ts';
import { createScrapedTop } from './top/scraped-top.ts';
import { createTopRecords } from './top/top-records.ts';

export const gateway: Program<typeof settings> = {
  name: 'gateway',
  summary: 'Accepts pushed metrics and serves the /api/v1 API and the page.',
  settings,
  examples: [
    [
      '--prometheus.url=http://127.0.0.1:9090 --alertmanager.url=http://127.0.0.1:9093',
      'serve over servers of this host',
    ],
    ['--config.file=/etc/hostpulse/gateway.yml --check-config', 'check a settings file'],
    ['--print-config', 'print every setting with its value'],
  ],
  check: checkConfig,
  create: createGateway,
};

export interface GatewayService extends Service {
  /** HTTP addresses with actual ports; empty before `start`. */
  bound(): readonly ListenAddress[];
  /** OTLP/gRPC addresses with actual ports; empty before `start`. */
  grpcBound(): readonly ListenAddress[];
}

export async function createGateway(config: GatewayConfig, { log, version }: ProgramContext): Promise<GatewayService> {
  const now = Date.now;
  const registry = createSelfMetrics({ program: 'gateway', version });
  const location = { path: config.databasePath, url: config.databaseUrl };
  const store = await openStore(location);
  /** For small writes during requests (last use of a key, pushing hosts): fails fast when the file is locked. */
  const quickStore = await openStore({ ...location, durability: 'process', busyTimeoutMs: 50 });
  const basicAuth = basicAuthOf(config.prometheusUser, config.prometheusPassword);
  const alertmanagerAuth = basicAuthOf(config.alertmanagerUser, config.alertmanagerPassword);
  const connections = createConnections(config, { prometheus: basicAuth, alertmanager: alertmanagerAuth }, registry);
  const { prometheusUrl, prometheusWriteUrl: writeUrl } = config;
  const databaseFile = config.databaseUrl === undefined ? config.databasePath : undefined;
  const stores = { db: store.db, quickDb: quickStore.db, databaseFile };
  const topRecords = createTopRecords({ db: quickStore.db, maxBytes: config.topMaxBytes, now });
  const tiers = createTiers({
    config,
    registry,
    log,
    now,
    basicAuth,
    ...stores,
    prometheusUrl,
    writeUrl,
    onNight: () => topRecords.expire(),
  });
  const pipeline = await createIngestPipeline({
    config,
    registry,
    log,
    now,
    basicAuth,
    db: quickStore.db,
    prometheus: connections.ingest,
    onStoredLate: (batch) => tiers.lateWindows.note(batch),
  });
  const tableThread = createTableThread();
  const lastValues = createLastValues({
    load: async (timeMs, asked) => {
      const matchers = hostMatchers(undefined, undefined);
      const answers = await askCurrent({ prometheus: connections.table, metrics, matchers, timeMs });
      return tableThread.render(timeMs, answers, asked);
    },
    timeoutMs: config.queryTimeoutMs,
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
  const enrollment = createEnrollment({ config, version, log });
  const { scraped } = pipeline.parts;
  const scrapedTop = config.topScrapeEnabled
    ? createScrapedTop({
        db: quickStore.db,
        records: topRecords,
        scrapeUrls: () => scraped.urls(),
        caFile: config.topScrapeCaFile,
        basicAuth: basicAuthOf(config.topScrapeUser, config.topScrapePassword),
        registry,
        log,
        now,
      })
    : undefined;
  const bounds = {
    maxHostSeries: config.maxHostSeries,
    maxKeySeries: config.maxKeySeries,
    maxKeyHosts: config.maxKeyHosts,
  };
  const seriesLimits = createSeriesLimits({ bounds, now });
  const seed = createSeriesSeed();
  const decodeThread = createDecodeThread({ seed, scraped, log });
  const decoder = createBodyDecoder({ seriesLimits, seed, scraped, large: decodeThread });
  const checks = componentChecks({
    prometheus: connections.probe,
    alertmanager: connections.alertmanagerProbe,
    db: store.db,
    queue: pipeline.queueState,
    now,
  });
  observeDatabase(registry, checks.database);
  const state = { isReady: false };
  const services: Services = {
    prometheus: connections.queries,
    alertmanager: connections.alertmanager,
    db: store.db,
    credentials: createCredentials({ store: quickStore, jwt: await tryJwtVerifier(config, { log, now }), now }),
    credentialGuard: createCredentialGuard({ failuresPerMinute: config.failedCredentialsPerMinute, now: monotonicMs }),
    loginGuard: createCredentialGuard({ failuresPerMinute: config.failedLoginsPerMinute, now: monotonicMs }),
    collectorLimit: createCollectorLimit({ requestsPerMinute: config.collectRequestsPerMinute, now: monotonicMs }),
    health: createHealthProbe({ checks, now }),
    pipeline: pipeline.parts,
    decoder,
    seriesLimits,
    rules,
    lastValues,
    enrollment,
    topRecords,
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
    hostMetrics: pipeline.hostMetrics,
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
  const internalServer = createHttpServer({ addresses: config.internalListenAddresses, handler, log });
  const grpc =
    config.grpcListenAddresses.length === 0
      ? undefined
      : (await import('./otlp/receive/grpc-listener.ts')).createGrpcListener({
          addresses: config.grpcListenAddresses,
          webConfigFile,
          services,
          log,
        });

  const lifecycle = createLifecycle({
    log,
    parts: [
      { name: 'the database', stop: () => store.close() },
      { name: 'the second connection to the database', stop: () => quickStore.close() },
      { name: 'the connections to Prometheus', stop: () => connections.close() },
      { name: 'the HTTP server', start: () => server.start() },
      { name: 'the HTTP server on loopback', start: () => internalServer.start() },
      { name: 'the gRPC server', start: () => grpc?.start() },
      { name: 'builds of agents', stop: () => enrollment.agents.stop() },
      { name: 'the thread of current values', stop: () => tableThread.stop() },
      { name: 'the table of current values', start: () => lastValues.start(), stop: () => lastValues.stop() },
      { name: 'the rule service', start: () => rules.start(), stop: () => rules.stop() },
      { name: 'the rollups', start: () => tiers.start(), stop: () => tiers.stop() },
      {
        name: 'the fetches of processes',
        start: () => scrapedTop?.start(),
        stop: () => scrapedTop?.stop(),
      },
      { name: 'the decoder', stop: () => decodeThread.stop() },
      { name: 'the ingest pipeline', start: () => pipeline.start(), stop: () => pipeline.stop() },
      // The servers stop before the parts that their requests use.
      {
        name: 'the servers',
        stop: async () => void (await Promise.all([server.stop(), internalServer.stop(), grpc?.stop()])),
      },
      { name: 'readiness', start: () => void (state.isReady = true), stop: leaveLoadBalancers },
    ],
  });

  /** Answers /-/ready with 503 for a while, so that load balancers stop sending requests. */
  async function leaveLoadBalancers(): Promise<void> {
    if (!state.isReady) return;
    state.isReady = false;
    await sleep(config.drainDelayMs);
  }

  return { bound: () => server.bound(), grpcBound: () => grpc?.bound() ?? [], ...lifecycle };
}

function basicAuthOf(username: string | undefined, password: Secret | undefined): BasicAuth | undefined {
  return username === undefined || password === undefined ? undefined : { username, password };
}

function monotonicMs(): number {
  return performance.now();
}
