/** Composes the relay from its parts, which start in order and stop in reverse order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem } from '../common/http/problem.ts';
import { createHttpServer, type HttpServer } from '../common/http/server.ts';
import { createGuardedServers } from '../common/http/web-config/web-guard.ts';
import { createLifecycle, type Lifecycle, type Part } from '../common/program/lifecycle.ts';
import type { Log } from '../common/program/log.ts';
import type { ProgramContext, Service } from '../common/program/program.ts';
import { createSelfMetrics } from '../common/program/self-metrics.ts';
import { openStore, type Store } from '../common/store/open.ts';
import { rememberChannels } from '../common/store/relay-records.ts';
import type { Database } from '../common/store/schema.ts';
import { createChannel } from './channels/index.ts';
import { createPictures } from './chart/pictures.ts';
import type { RelayConfig } from './config.ts';
import { createConnections } from './connections.ts';
import { sendHeartbeat } from './heartbeat.ts';
import { createPipeline, type PipelineSettings } from './pipeline.ts';
import { presencePart } from './presence.ts';
import { createReconciler } from './reconcile/reconciler.ts';
import { type RecurringOptions, recurringPart } from './recurring.ts';
import { enforceRetention } from './retention.ts';
import { createApplication, type Reloaded } from './server.ts';
import { createRelayMetrics } from './stages/metrics.ts';
import { tryResolveValue } from './stages/resolve-value.ts';

export interface Relay extends Service {
  /** The addresses that the relay listens on. Empty before `start`. */
  readonly bound: HttpServer['bound'];
}

/** Opens the database, then starts the parts on it. */
export function createRelay(config: RelayConfig, { log, version, readConfig }: ProgramContext<RelayConfig>): Relay {
  let store: Store | undefined;
  let assembly: Assembly | undefined;
  let inner: Lifecycle | undefined;
  const lifecycle = createLifecycle({
    log,
    parts: [
      {
        name: 'database',
        async start() {
          store = await openStore({ path: config.databasePath, url: config.databaseUrl });
          assembly = assembleRelay(store.db, { config, log, version, readConfig });
        },
        stop: () => store?.close(),
      },
      {
        name: 'relay',
        async start() {
          inner = createLifecycle({ log, parts: assembly?.parts ?? [] });
          await inner.start();
        },
        stop: () => inner?.stop(),
      },
    ],
  });

  return {
    start: () => lifecycle.start(),
    stop: () => lifecycle.stop(),
    bound: () => assembly?.server.bound() ?? [],
    async reload() {
      if (readConfig !== undefined) await assembly?.reload(await readConfig());
    },
  };
}

export interface AssemblyOptions {
  readonly config: RelayConfig;
  readonly log: Log;
  readonly version: string;
  /** Absent: the relay cannot be reloaded over HTTP. */
  readonly readConfig?: ProgramContext<RelayConfig>['readConfig'] | undefined;
}

export interface Assembly {
  /** In the order of their start. */
  readonly parts: readonly Part[];
  readonly server: HttpServer;
  /** Applies channels, routes, `public_url` and `time_zone`. Other settings need a restart. */
  reload(config: RelayConfig): Promise<void>;
}

/** Creates the relay's parts. Nothing runs until the parts are started. */
export function assembleRelay(db: Database, { config, log, version, readConfig }: AssemblyOptions): Assembly {
  const now = Date.now;
  const registry = createSelfMetrics({ program: 'relay', version });
  const metrics = createRelayMetrics({ registry, db, channels: () => pipeline.channels(), now, log });
  const { alertmanager, prometheus, picturePrometheus, ...connections } = createConnections(config);
  const pictures = picturePrometheus && createPictures({ connection: picturePrometheus, metrics, log, now });
  const settingsOf = ({ channels, routes, publicUrl, timeZone }: RelayConfig): PipelineSettings => ({
    channels: Object.entries(channels).map(([name, settings]) => createChannel({ name, settings, now })),
    routes,
    publicUrl,
    timeZone,
  });
  const pipeline = createPipeline({
    ...settingsOf(config),
    db,
    metrics,
    log,
    now,
    random: Math.random,
    dedupWindowMs: config.dedupWindowMs,
    // Only Alertmanager can tell a late copy from an alert that fires again.
    lateCopyMs: alertmanager === undefined ? 0 : config.dedupWindowMs,
    retryMaxAgeMs: config.retryMaxAgeMs,
    tryPicture: async (message) => pictures?.tryPicture(message),
    tryValueAtResolve: async (episode) => prometheus && tryResolveValue(episode, { connection: prometheus, log }),
  });
  const reconciler = createReconciler({
    db,
    pipeline,
    alertmanager,
    prometheus,
    absentForMs: config.reconcileAbsentForMs,
    intervalMs: config.reconcileIntervalMs,
    metrics,
    log,
    now,
  });
  let isReady = false;
  const application = createApplication({
    accept: (payload) => pipeline.accept(payload),
    reload: reloadFile,
    webhookToken: config.webhookToken,
    metrics,
    registry,
    isReady: () => isReady,
    log,
  });
  const server = createHttpServer({
    addresses: config.listenAddresses,
    handler: application,
    log,
    ...(config.webConfigFile !== undefined && { createServer: createGuardedServers(config.webConfigFile, log) }),
  });

  async function announceChannels(): Promise<void> {
    warnAboutGaps(config, { channels: pipeline.channels(), log });
    await rememberChannels(db, { names: pipeline.channels(), nowMs: now() });
  }

  async function reload(next: RelayConfig): Promise<void> {
    await pipeline.reload(settingsOf(next));
    await announceChannels();
    reconciler.expectNewChannels();
    log.info('configuration reloaded', { channels: pipeline.channels().join(' '), routes: next.routes.length });
  }

  async function reloadFile(): Promise<Reloaded> {
    if (readConfig === undefined) throw new HttpProblem(501, 'the relay has no configuration file to read again');
    const next = await readConfig();
    await reload(next);
    return { channels: pipeline.channels(), routes: next.routes.length };
  }

  const { heartbeatUrl } = config;
  const recurring = (work: Pick<RecurringOptions, 'name' | 'intervalMs' | 'expression' | 'task'>): Part =>
    recurringPart({ ...work, db, log, now });
  const retention = recurring({
    name: 'retention',
    expression: '0 17 * * * *', // hourly: a host that is suspended at night is cleaned up too
    intervalMs: 3_600_000,
    task: () => {
      const { retentionMs: historyMs, retryMaxAgeMs } = config;
      return enforceRetention({ db, channels: pipeline.channels(), historyMs, retryMaxAgeMs, metrics, log, now });
    },
  });
  const reconcile = recurring({
    name: 'reconcile',
    intervalMs: config.reconcileIntervalMs,
    task: () => reconciler.reconcile(),
  });
  const heartbeat =
    heartbeatUrl &&
    recurring({
      name: 'heartbeat',
      intervalMs: config.heartbeatIntervalMs,
      task: (signal) => {
        const { heartbeatWatchdogMaxAgeMs: watchdogMaxAgeMs } = config;
        return sendHeartbeat({ db, url: heartbeatUrl, watchdogMaxAgeMs, metrics, log, now }, signal);
      },
    });
  const readiness: Part = {
    name: 'readiness',
    start() {
      isReady = true;
    },
    async stop() {
      if (!isReady) return;
      isReady = false;
      await sleep(config.drainDelayMs);
    },
  };
  const parts: readonly Part[] = [
    { name: 'connections', stop: () => connections.close() },
    { name: 'pictures', stop: () => pictures?.stop() },
    { name: 'channels', start: announceChannels },
    { name: 'pipeline', start: () => pipeline.start(), stop: () => pipeline.stop() },
    presencePart({ db, log, now }),
    retention,
    ...(alertmanager === undefined && prometheus === undefined ? [] : [reconcile]),
    ...(heartbeat === undefined ? [] : [heartbeat]),
    { name: 'server', start: () => server.start(), stop: () => server.stop() },
    readiness,
  ];
  return { parts, server, reload };
}

/** Warns about settings without which alerts or their ends can go unnoticed. */
function warnAboutGaps(
  { webhookToken, alertmanagerUrl, prometheusUrl }: RelayConfig,
  { channels, log }: { readonly channels: readonly string[]; readonly log: Log },
): void {
  if (channels.length === 0) log.warn('no channel is configured: alerts are kept in the history, and nothing is sent');
  if (webhookToken === undefined)
    log.warn('webhook.token is not set: anyone who can reach the webhook can send alerts');
  if (alertmanagerUrl === undefined && prometheusUrl === undefined)
    log.warn('neither alertmanager.url nor prometheus.url is set: an alert whose resolution is lost stays open');
}
