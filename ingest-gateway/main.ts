/** The ingest gateway as a program: its parts made of its configuration, started and stopped in order. */
import { metrics } from '../common/catalogue/index.ts';
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
import { readCurrent } from './current-values.ts';
import { createHealthProbe } from './health.ts';
import { hostMatchers } from './hosts-of.ts';
import { createIntake } from './intake.ts';
import { createLastValues } from './last-values.ts';
import { prometheusMetrics } from './prometheus-metrics.ts';
import { createCollectorLimit } from './rate-limit.ts';
import { createRuleParts } from './rules/parts.ts';
import { createRules } from './rules/rules.ts';
import { createApplication } from './server.ts';
import type { Services } from './services.ts';
import { createTiers } from './tiers/tiers.ts';

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
  const store = await openStore({ path: config.databasePath });
  /** For what is written while others wait: when a key was last used, who pushed. */
  const quickStore = await openStore({ path: config.databasePath, durability: 'process' });
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
  const alertmanager = createPrometheusConnection({
    name: 'Alertmanager',
    url: config.alertmanagerUrl,
    timeoutMs: config.queryTimeoutMs,
    maxConcurrency: alertmanagerConcurrency,
    maxAnswerBytes: config.queryMaxAnswerBytes,
  });
  /** Of their own: people's queries must not keep samples waiting. */
  const forIntake = createPrometheusConnection({ ...atPrometheus, ...intakeBounds });
  const { db } = store;
  const tiers = createTiers({ config, registry, log, now, basicAuth, db, prometheusUrl: config.prometheusUrl });
  const { lateWindows } = tiers;
  const intake = await createIntake({
    config,
    registry,
    log,
    now,
    basicAuth,
    db: quickStore.db,
    prometheus: forIntake,
    lateWindows,
  });
  /** Of its own, too: the table of last values asks all of its questions at once. */
  const forTable = createPrometheusConnection({
    ...atPrometheus,
    timeoutMs: config.queryTimeoutMs,
    maxConcurrency: tableConcurrency,
    maxAnswerBytes: config.queryMaxAnswerBytes,
    onCall: queries.observe,
  });
  const lastValues = createLastValues({
    load: (timeMs) =>
      readCurrent({ prometheus: forTable, metrics, matchers: hostMatchers(undefined, undefined), timeMs }),
    log,
    now,
  });
  /** Of their own: a change of a rule must not wait for people's queries. */
  const forRules = createPrometheusConnection({
    ...atPrometheus,
    timeoutMs: config.queryTimeoutMs,
    maxConcurrency: ruleConcurrency,
    maxAnswerBytes: config.queryMaxAnswerBytes,
    onCall: queries.observe,
  });
  const ruleParts = createRuleParts({
    db,
    prometheus: forRules,
    log,
    now,
    folderPath: config.customRulesDirectory,
    intervalMs: config.ruleInterval,
    promtoolPath: config.promtoolPath,
  });
  const state = { isReady: false };
  const services: Services = {
    prometheus,
    alertmanager,
    db: store.db,
    credentials: createCredentials({ db: quickStore.db, jwt: await tryJwtVerifier(config, { log, now }), now }),
    credentialGuard: createCredentialGuard({ failuresPerMinute: config.failedCredentialsPerMinute, now: monotonicMs }),
    loginGuard: createCredentialGuard({ failuresPerMinute: config.failedLoginsPerMinute, now: monotonicMs }),
    collectorLimit: createCollectorLimit({ requestsPerMinute: config.collectRequestsPerMinute, now: monotonicMs }),
    health: createHealthProbe({ checks: componentChecks({ ...probes, db: store.db }), now }),
    intake: intake.intake,
    rules: createRules(ruleParts),
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
      ruleParts.start();
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
      await ruleParts.stop();
      lastValues.stop();
      for (const connection of [
        prometheus,
        alertmanager,
        forRules,
        forTable,
        forIntake,
        probes.prometheus,
        probes.alertmanager,
      ])
        connection.close();
      await quickStore.close();
      await store.close();
    },
  };
}

/** A change reads back while others list. */
const ruleConcurrency = 4;

/** People ask for silences; no program does often. */
const alertmanagerConcurrency = 4;

/** Questions about targets, and about what is stored where late samples go. */
const intakeBounds = { timeoutMs: 30_000, maxConcurrency: 4, maxAnswerBytes: 64 * 2 ** 20 } as const;

/** Queries for the table at once: Prometheus answers others beside them. */
const tableConcurrency = 8;

function monotonicMs(): number {
  return performance.now();
}
