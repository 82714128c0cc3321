/** The relay as a service: its parts, started in order and stopped in reverse. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpServer, type HttpServer } from '../common/http/server.ts';
import { createGuardedServers } from '../common/http/web-config/web-guard.ts';
import type { ProgramContext, Service } from '../common/program/program.ts';
import { createSchedule } from '../common/program/schedule.ts';
import { createSelfMetrics } from '../common/program/self-metrics.ts';
import type { Secret } from '../common/program/settings/secret.ts';
import {
  createPrometheusConnection,
  type PrometheusConnection,
  type PrometheusOptions,
} from '../common/prometheus/connection.ts';
import { createLeaderLease } from '../common/store/leases.ts';
import { openStore, type Store } from '../common/store/open.ts';
import { rememberChannels } from '../common/store/relay-channels.ts';
import type { Database } from '../common/store/schema.ts';
import { createChannel } from './channels/index.ts';
import { createPictures, type Pictures } from './chart/pictures.ts';
import type { RelayConfig } from './config.ts';
import { sendHeartbeat } from './heartbeat.ts';
import { createLivePipeline, type LivePipeline } from './live-pipeline.ts';
import { createRelayMetrics, initialiseChannels, type RelayMetrics } from './metrics.ts';
import { createPipeline } from './pipeline.ts';
import { createReconciler, type Reconciler } from './reconcile/reconciler.ts';
import { createApplication } from './server.ts';
import { cronOf } from './settings/schedule.ts';
import { tryResolveValue } from './stages/resolve-value.ts';
import { enforceRetention } from './store/retention.ts';

export interface Relay extends Service {
  /** Where it listens; empty before `start`. */
  readonly bound: HttpServer['bound'];
}

/** Hourly, so that a host that sleeps at night is tidied too; little is left to do each time. */
const retentionSchedule = '0 17 * * * *';

interface Recurrence {
  readonly name: string;
  /** Of cron. */
  readonly expression: string;
  /** From one run to the next. */
  readonly intervalMs: number;
}

type ConnectionLimits = Pick<PrometheusOptions, 'timeoutMs' | 'maxConcurrency' | 'maxAnswerBytes'>;
const ordinaryLimits: ConnectionLimits = { timeoutMs: 10_000, maxConcurrency: 4, maxAnswerBytes: 64 * 2 ** 20 };

interface Connecting {
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly limits: ConnectionLimits;
}

interface Part {
  stop(): Promise<void> | void;
}

export function createRelay(config: RelayConfig, { log, version, readConfig }: ProgramContext<RelayConfig>): Relay {
  const clock = Date.now;
  const started: Part[] = [];
  let isReady = false;
  let server: HttpServer | undefined;
  let live: LivePipeline | undefined;
  let reconciler: Reconciler | undefined;
  let database: Database | undefined;
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;

  async function startAll(): Promise<void> {
    const longTransactions = Object.keys(config.channels).length; // each channel's turn is one
    const store = await openStore({ path: config.databasePath, url: config.databaseUrl, longTransactions });
    started.push({ stop: () => store.close() });
    database = store.db;
    await rememberChannels(store.db, { names: Object.keys(config.channels), nowMs: clock() });
    const { pipeline, application } = assemble(store);
    pipeline.start();
    server = createHttpServer({
      addresses: config.listenAddresses,
      handler: application,
      log,
      ...(config.webConfigFile !== undefined && { createServer: createGuardedServers(config.webConfigFile, log) }),
    });
    started.push(server);
    await server.start();
    isReady = true;
  }

  /** Makes the parts and remembers how they stop; the server comes last, so it stops first. */
  function assemble({ db }: Store) {
    const registry = createSelfMetrics({ program: 'relay', version });
    const metrics = createRelayMetrics({ registry, db, channels: () => live?.channels() ?? [], clock, log });
    const alertmanager = connect('Alertmanager', config.alertmanagerUrl, {
      username: config.alertmanagerUser,
      password: config.alertmanagerPassword,
      limits: ordinaryLimits,
    });
    const prometheus = connectPrometheus(ordinaryLimits);
    const pictures = createOwnPictures(metrics);
    const pipeline = createLivePipeline(config, (now) => {
      const channels = Object.entries(now.channels).map(([name, settings]) => createChannel({ name, settings, clock }));
      const names = channels.map(({ name }) => name);
      sayWhatIsMissing(names);
      initialiseChannels(metrics, names);
      return createPipeline({
        db,
        channels,
        routes: now.routes,
        metrics,
        log,
        clock,
        random: Math.random,
        dedupWindowMs: config.dedupWindowMs,
        // Whether a firing is a late copy only Alertmanager can tell; nothing is held where it cannot be asked.
        lateCopyMs: alertmanager === undefined ? 0 : config.dedupWindowMs,
        retryMaxAgeMs: config.retryMaxAgeMs,
        publicUrl: now.publicUrl,
        timeZone: now.timeZone,
        tryPicture: async (message) => pictures?.tryPicture(message),
        tryValueAtResolve: async (episode) =>
          prometheus === undefined ? undefined : tryResolveValue(episode, { connection: prometheus, log }),
      });
    });
    live = pipeline;
    started.push(pipeline);
    const retention = { historyMs: config.retentionMs, retryMaxAgeMs: config.retryMaxAgeMs };
    schedule(db, { name: 'retention', expression: retentionSchedule, intervalMs: 3_600_000 }, () =>
      enforceRetention({ ...retention, db, channels: pipeline.channels(), metrics, log, clock }),
    );
    if (alertmanager !== undefined || prometheus !== undefined) {
      const { reconcileAbsentForMs: absentForMs, reconcileIntervalMs: intervalMs } = config;
      const sources = { alertmanager, prometheus };
      const made = createReconciler({ db, pipeline, ...sources, absentForMs, intervalMs, metrics, log, clock });
      reconciler = made;
      schedule(db, { name: 'reconcile', expression: cronOf(intervalMs), intervalMs }, () => made.reconcile());
    }
    const { heartbeatUrl } = config;
    if (heartbeatUrl !== undefined) {
      const stopping = new AbortController();
      const heartbeat = {
        db,
        url: heartbeatUrl,
        watchdogMaxAgeMs: config.heartbeatWatchdogMaxAgeMs,
        metrics,
        log,
        clock,
      };
      const intervalMs = config.heartbeatIntervalMs;
      schedule(db, { name: 'heartbeat', expression: cronOf(intervalMs), intervalMs }, () =>
        sendHeartbeat(heartbeat, stopping.signal),
      );
      started.push({ stop: () => stopping.abort() }); // before the schedule, which waits for the one under way
    }
    const application = createApplication({
      accept: (payload) => pipeline.accept(payload),
      webhookToken: config.webhookToken,
      metrics,
      registry,
      isReady: () => isReady,
      log,
    });
    return { pipeline, application };
  }

  /** With a connection of their own: a picture that Prometheus takes long for holds up nothing else. */
  function createOwnPictures(metrics: RelayMetrics): Pictures | undefined {
    const connection = connectPrometheus({ timeoutMs: 3_000, maxConcurrency: 2, maxAnswerBytes: 4 * 2 ** 20 });
    if (connection === undefined) return undefined;
    const pictures = createPictures({ connection, metrics, log, clock });
    started.push(pictures);
    return pictures;
  }

  function connectPrometheus(limits: ConnectionLimits): PrometheusConnection | undefined {
    const { prometheusUrl: url, prometheusUser: username, prometheusPassword: password } = config;
    return connect('Prometheus', url, { username, password, limits });
  }

  function connect(
    name: 'Alertmanager' | 'Prometheus',
    url: string | undefined,
    { username, password, limits }: Connecting,
  ): PrometheusConnection | undefined {
    if (url === undefined) return undefined;
    const basicAuth = username === undefined || password === undefined ? undefined : { username, password };
    const connection = createPrometheusConnection({ name, url, basicAuth, ...limits });
    started.push({ stop: () => connection.close() });
    return connection;
  }

  /** Relays that share the database do it one at a time; one that died is replaced at the run after the next. */
  function schedule(db: Database, { name, expression, intervalMs }: Recurrence, task: () => Promise<void>): void {
    const lease = createLeaderLease({
      db,
      name: `relay ${name}`,
      lifetimeMs: 1.5 * intervalMs,
      now: clock,
      claimIn: 'shared databases',
    });
    const soleTask = async (): Promise<void> => ((await lease.claim()) ? task() : undefined);
    const scheduled = createSchedule({ name, expression, task: soleTask, log });
    const release = (): Promise<void> =>
      lease.release().catch((error: unknown) => {
        log.warn('a lease was not given up; it runs out by itself', { work: name, error });
      });
    started.push({ stop: release }, scheduled);
    scheduled.start();
  }

  function sayWhatIsMissing(channels: readonly string[]): void {
    if (channels.length === 0) log.warn('no channel is configured: alerts are kept in the history and told to nobody');
    if (config.webhookToken === undefined)
      log.warn('webhook.token is not set: whoever reaches the webhook can make up alerts');
    if (config.alertmanagerUrl === undefined && config.prometheusUrl === undefined)
      log.warn('neither alertmanager.url nor prometheus.url is set: an end that nobody announces stays unnoticed');
  }

  /** Channels, routes and links follow the file; everything else stays as it was started. */
  async function reload(): Promise<void> {
    if (readConfig === undefined || live === undefined || database === undefined) return;
    const next = await readConfig();
    await live.reload(next);
    await rememberChannels(database, { names: live.channels(), nowMs: clock() });
    reconciler?.expectNewChannels();
    log.info('configuration read again', { channels: live.channels().join(' '), routes: next.routes.length });
  }

  async function stopAll(): Promise<void> {
    await Promise.allSettled([starting]); // what a start under way still makes is stopped, too
    if (isReady) {
      isReady = false;
      await sleep(config.drainDelayMs);
    }
    for (let part = started.pop(); part !== undefined; part = started.pop()) await part.stop();
  }

  return {
    start: () => (starting ??= startAll()),
    stop: () => (stopping ??= stopAll()),
    reload,
    bound: () => server?.bound() ?? [],
  };
}
