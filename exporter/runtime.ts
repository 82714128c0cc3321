/** What a configuration has made run: the collectors, their scrape and the push. Replaced as a whole when the configuration changes. */

import type { Log } from '../common/program/log.ts';
import type { ProgramContext } from '../common/program/program.ts';
import type { ExporterConfig } from './config.ts';
import { createEnabledCollectors, type EnabledCollector } from './enabled-collectors.ts';
import type { Family } from './exposition/family.ts';
import { createCollectNowAndThen, tryFullCollection } from './gc-schedule.ts';
import type { KnownCollectors } from './http/scrape-request.ts';
import { collectorsOf } from './platform.ts';
import type { Push, PushOptions } from './push/push.ts';
import { createScrape, type Scrape } from './scrape.ts';
import type { SelfMetrics } from './self-metrics.ts';

export interface Running {
  /** Follows the configuration: each call goes to what runs now. */
  readonly scrape: Scrape;
  readonly known: KnownCollectors;
  start(): Promise<void>;
  /** Reads the configuration again. Throws and leaves everything as it is when the new one is not valid. */
  reload(): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface RunningOptions {
  readonly config: ExporterConfig;
  readonly context: ProgramContext<ExporterConfig>;
  /** Pushed with the host's families, as a scrape would have read them. */
  readonly selfMetrics: SelfMetrics | undefined;
}

/** One configuration, made. */
interface Made {
  readonly config: ExporterConfig;
  readonly names: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
  readonly scrape: Scrape;
  readonly push: Push | undefined;
}

/** A collector's time limit is a part of the interval: a set must not be late for the next. */
const limitShare = 0.8;

export async function createRunning({ config, context, selfMetrics }: RunningOptions): Promise<Running> {
  const { log } = context;
  let made = await make(config);
  let hasStarted = false;

  async function make(from: ExporterConfig, previous?: Push): Promise<Made> {
    const collectors = await collectorsOf(from.source);
    const enabled = createEnabledCollectors(collectors, from, log);
    const names = new Set(enabled.map(({ name }) => name));
    log.info('collectors enabled', { collectors: [...names].join(' ') });
    const push = await makePush(from, enabled, previous);
    const scrape = createScrape(enabled, log);
    return {
      config: from,
      names,
      all: new Set(collectors.map(({ name }) => name)),
      push,
      scrape: push === undefined ? scrape : async (options) => [...(await scrape(options)), ...push.families()],
    };
  }

  /** Loaded only here: who is scraped pays for nothing of it. */
  async function makePush(
    from: ExporterConfig,
    enabled: readonly EnabledCollector[],
    previous: Push | undefined,
  ): Promise<Push | undefined> {
    if (from.serverUrl === undefined) return undefined;
    const { environment, version } = context;
    const [{ createPush }, { pushSettingsOf }, { holdReadings }] = await Promise.all([
      import('./push/push.ts'),
      import('./push/push-settings.ts'),
      import('./push/sampler/held-readings.ts'),
    ]);
    const settings = pushSettingsOf(from, from.serverUrl, environment);
    const scrape = createScrape(holdReadings(enabled, Date.now), log);
    const limitMs = Math.min(4_000, settings.intervalMs * limitShare);
    const own = from.hidesOwnMetrics ? undefined : selfMetrics;
    const collect = tryFullCollection();
    const collectNowAndThen = createCollectNowAndThen(collect);
    const read = async (): Promise<readonly Family[]> => {
      collectNowAndThen();
      const families = await scrape({ limitMs });
      return own === undefined
        ? families
        : [...families, ...own.readProcess(), ...(await own.readOwn()), ...push.families()];
    };
    const options: PushOptions = { settings, read, environment, version, log, collect };
    const push: Push = await createPush(previous === undefined ? options : { ...options, counts: previous.counts });
    return push;
  }

  async function reload(): Promise<void> {
    if (context.readConfig === undefined) throw new Error('this program was not started from a configuration');
    const next = await context.readConfig();
    const before = made;
    // The buffer has one user: the old push lets go of it first. Where the series get other labels, the old ones end.
    if (isSameSeries(before.config, next)) await before.push?.suspend();
    else await before.push?.stop();
    try {
      made = await make(next, before.push);
    } catch (error) {
      made = await make(before.config, before.push);
      if (hasStarted) made.push?.start();
      throw error;
    }
    if (hasStarted) made.push?.start();
    warnOfRestarts(before.config, next, log);
    log.info('the configuration was read again');
  }

  return {
    scrape: (options) => made.scrape(options),
    known: {
      get all() {
        return made.all;
      },
      get enabled() {
        return made.names;
      },
    },
    start() {
      hasStarted = true;
      made.push?.start();
      return Promise.resolve();
    },
    reload,
    stop: async () => made.push?.stop(),
  };
}

/** Whether samples go on in the same series of the same receiver. */
function isSameSeries(before: ExporterConfig, after: ExporterConfig): boolean {
  const seriesOf = ({ serverUrl, host, labels = {} }: ExporterConfig) => JSON.stringify([serverUrl, host, labels]);
  return seriesOf(before) === seriesOf(after);
}

/** What the listener was made of cannot change under it. */
const restartKeys = ['listenAddresses', 'telemetryPath', 'maxRequests', 'webConfigFile', 'hidesOwnMetrics'] as const;

function warnOfRestarts(before: ExporterConfig, after: ExporterConfig, log: Log): void {
  const changed = restartKeys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  if (changed.length > 0)
    log.warn('settings of web.* have changed; they take effect with a restart', { settings: changed });
}
