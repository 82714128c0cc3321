/** Runs the parts that a configuration determines: collectors, scrape and push. A reload replaces all parts. */
import type { Log } from '../common/program/log.ts';
import type { ProgramContext } from '../common/program/program.ts';
import type { Collector, EnabledCollector } from './collector/collector.ts';
import type { ExporterConfig } from './config.ts';
import { type CollectorNames, createEnabledCollectors } from './enabled-collectors.ts';
import { createConflictLog, createMergeFamilies, type Family } from './exposition/family.ts';
import { createGcSchedule, findFullGc } from './gc-schedule.ts';
import { logIgnored, missingCollectors } from './node-exporter-flags.ts';
import { loadCollectors } from './platform.ts';
import type { Push, PushOptions } from './push/push.ts';
import { createScrape, type Scrape } from './scrape.ts';
import type { SelfMetrics } from './self-metrics.ts';
import { createTop, type Top } from './top/top.ts';

export interface Runtime {
  /** Runs a scrape with the current configuration. */
  readonly scrape: Scrape;
  /** Names of the collectors in the current configuration. */
  readonly collectorNames: () => CollectorNames;
  /** Returns the busiest processes; undefined where they are not followed. */
  readonly top: () => Top | undefined;
  start(): Promise<void>;
  /** Reads the configuration again and applies it. Throws when it is invalid; the previous configuration stays active. */
  reload(): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface RuntimeOptions {
  readonly config: ExporterConfig;
  readonly context: ProgramContext<ExporterConfig>;
  /** Pushed together with the host's families. */
  readonly selfMetrics: SelfMetrics | undefined;
}

/** A configuration and the parts made from it. */
interface Active {
  readonly config: ExporterConfig;
  readonly collectorNames: CollectorNames;
  readonly scrape: Scrape;
  readonly push: Push | undefined;
  readonly top: Top | undefined;
}

/** Time limit of a pushed sample set, in parts of the push interval: a set must be complete before the next one starts. */
const limitShare = 0.8;

export async function createRuntime({ config, context, selfMetrics }: RuntimeOptions): Promise<Runtime> {
  const { log } = context;
  const onConflict = createConflictLog(log);
  const merge = createMergeFamilies(onConflict);
  const mergePushed = createMergeFamilies(onConflict);
  let active = await activate(config);
  let hasStarted = false;

  async function activate(next: ExporterConfig, before?: Active): Promise<Active> {
    const collectors = await loadCollectors(next.source);
    const enabled = createEnabledCollectors(collectors, next, log);
    const names = enabled.map(({ name }) => name);
    logIgnored(next, log);
    log.info('collectors enabled', { collectors: names.join(' ') });
    const push = await loadPush(next, enabled, before?.push);
    const scrape = createScrape(enabled, log);
    return {
      config: next,
      collectorNames: { all: knownNames(collectors), enabled: new Set(names) },
      push,
      top: before !== undefined && isSameTop(before.config, next) ? before.top : followProcesses(next),
      scrape: push === undefined ? scrape : async (options) => merge(await scrape(options), push.families()),
    };
  }

  function followProcesses({ topEnabled, source, procfs, topCommandLines }: ExporterConfig): Top | undefined {
    if (!topEnabled || source !== 'procfs') return undefined;
    return createTop({
      procfs,
      hasCommandLines: topCommandLines,
      log,
      onMinute: (record) => active.push?.noteTop(record),
    });
  }

  /** Imports the push dynamically, so that an exporter that only serves scrapes does not load it. */
  async function loadPush(
    next: ExporterConfig,
    enabled: readonly EnabledCollector[],
    previous: Push | undefined,
  ): Promise<Push | undefined> {
    if (next.serverUrl === undefined) return undefined;
    const { environment, version } = context;
    const [{ createPush }, { pushSettingsOf }, { holdReadings }] = await Promise.all([
      import('./push/push.ts'),
      import('./push/push-settings.ts'),
      import('./push/sampler/held-readings.ts'),
    ]);
    const settings = pushSettingsOf(next, next.serverUrl, environment);
    const scrape = createScrape(holdReadings(enabled, Date.now), log);
    const limitMs = Math.min(4_000, settings.intervalMs * limitShare);
    const own = next.hidesOwnMetrics ? undefined : selfMetrics;
    const collect = findFullGc();
    const onRead = createGcSchedule(collect);
    const read = async (): Promise<readonly Family[]> => {
      onRead();
      const families = await scrape({ limitMs });
      return own === undefined ? families : mergePushed(families, [...own.read(), ...push.families()]);
    };
    const options: PushOptions = { settings, read, environment, version, log, collect };
    const push: Push = await createPush(previous === undefined ? options : { ...options, counts: previous.counts });
    return push;
  }

  async function reload(): Promise<void> {
    if (context.readConfig === undefined) throw new Error('this program was not started from a configuration');
    const next = await context.readConfig();
    const before = active;
    // Only one push may use the buffer, so the old push releases it first. When the labels change, the old series end.
    if (isSameSeries(before.config, next)) await before.push?.suspend();
    else await before.push?.stop();
    try {
      active = await activate(next, before);
    } catch (error) {
      active = await activate(before.config, before);
      if (hasStarted) active.push?.start();
      throw error;
    }
    if (active.top !== before.top) {
      before.top?.stop();
      if (hasStarted) active.top?.start();
    }
    if (hasStarted) active.push?.start();
    warnAboutRestart(before.config, next, log);
    log.info('configuration reloaded');
  }

  return {
    scrape: (options) => active.scrape(options),
    collectorNames: () => active.collectorNames,
    top: () => active.top,
    start() {
      hasStarted = true;
      active.top?.start();
      active.push?.start();
      return Promise.resolve();
    },
    reload,
    async stop() {
      active.top?.stop();
      await active.push?.stop();
    },
  };
}

/** Returns the names of these collectors and of the collectors that only node_exporter has. */
function knownNames(collectors: readonly Collector[]): ReadonlySet<string> {
  const own = new Set(collectors.map(({ name }) => name));
  return new Set([...own, ...missingCollectors(own)]);
}

/** Returns true when both configurations push the same series to the same receiver. */
function isSameSeries(before: ExporterConfig, after: ExporterConfig): boolean {
  const seriesOf = ({ serverUrl, host, labels = {} }: ExporterConfig) => JSON.stringify([serverUrl, host, labels]);
  return seriesOf(before) === seriesOf(after);
}

/** Returns true when both configurations follow the same processes in the same way: the records so far stay. */
function isSameTop(before: ExporterConfig, after: ExporterConfig): boolean {
  const settingsOf = ({ topEnabled, source, procfs, topCommandLines }: ExporterConfig) =>
    JSON.stringify([topEnabled, source, procfs, topCommandLines]);
  return settingsOf(before) === settingsOf(after);
}

/** Settings of the HTTP server, which a reload does not replace. */
const restartKeys = [
  'listenAddresses',
  'usesSystemdSocket',
  'telemetryPath',
  'maxRequests',
  'webConfigFile',
  'hidesOwnMetrics',
] as const;

function warnAboutRestart(before: ExporterConfig, after: ExporterConfig, log: Log): void {
  const changed = restartKeys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  if (changed.length > 0)
    log.warn('settings of web.* changed; restart the exporter to apply them', { settings: changed });
}
