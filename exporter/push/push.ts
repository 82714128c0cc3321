/** Assembles the push: the sampler appends to the buffer, the push loop sends from it, each independent of the other's delays. */
import type { Log } from '../../common/program/log.ts';
import { maskUserInfo } from '../../common/program/settings/setting-type.ts';
import type { TopRecord } from '../../common/top/top-record.ts';
import type { Family } from '../exposition/family.ts';
import { createBatchPlan } from './batch-plan.ts';
import { createSampleBuffer } from './buffer/sample-buffer.ts';
import { createHostNameWatch } from './host-name-watch.ts';
import { createPushLoop } from './push-loop.ts';
import { createPushCounts, type PushCounts, pushFamilies } from './push-metrics.ts';
import type { PushSettings } from './push-settings.ts';
import { type Clock, gridOf, systemClock } from './sampler/clock.ts';
import { createSampler } from './sampler/sampler.ts';
import { createTopSender } from './top-sender.ts';

export interface PushOptions {
  readonly settings: PushSettings;
  /** The families of one instant. */
  readonly read: () => Promise<readonly Family[]>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Log;
  /** Counts to continue after a change of the configuration; absent: start at 0. */
  readonly counts?: PushCounts;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Collects garbage after large requests; absent: only V8 does. */
  readonly collect?: (() => void) | undefined;
}

export interface Push {
  start(): void;
  /** Stops before a change of the configuration: pending samples stay in the buffer, no series ends. Idempotent. */
  suspend(): Promise<void>;
  /** Stops for good: ends every series and sends pending samples for up to 5 s. Idempotent. */
  stop(): Promise<void>;
  families(): readonly Family[];
  /** Stores a record of processes, which is sent beside the samples. */
  noteTop(record: TopRecord): void;
  readonly counts: PushCounts;
}

const flushLimitMs = 5_000;

/** Opens the buffer and reads the TLS files. Throws a `StartError` when another process holds the buffer. */
export async function createPush(options: PushOptions): Promise<Push> {
  const { settings, read, environment, version, log, clock = systemClock, random = Math.random } = options;
  const { protocol, bufferFile: path, maxBytes, maxAgeMs, host, intervalMs, serverUrl } = settings;
  const counts = options.counts ?? createPushCounts();
  const now = () => clock.now();
  const sender = await protocol.create({ ...settings, environment, version, now, log });
  const buffer = createSampleBuffer({ path, maxBytes, maxAgeMs, now, log });
  const plan = createBatchPlan({ buffer, ...protocol });
  const loop = createPushLoop({ plan, sender, counts, clock, random, log, collect: options.collect });
  const { topServerUrl } = settings;
  const topSender =
    topServerUrl === undefined
      ? undefined
      : createTopSender({
          ...settings,
          serverUrl: topServerUrl,
          environment,
          version,
          buffer: buffer.top,
          clock,
          random,
          log,
        });
  const noticeRename = settings.isHostOfSystem ? createHostNameWatch({ host, log }) : () => undefined;
  const sampler = createSampler({
    grid: gridOf(host, intervalMs),
    read() {
      noticeRename();
      return read();
    },
    buffer,
    onAppend: () => loop.wake(),
    onMissed: (instants) => counts.noteMissed(instants),
    clock,
    log,
  });
  let ending: Promise<void> | undefined;

  async function end({ isFinal }: { readonly isFinal: boolean }): Promise<void> {
    await Promise.all([sampler.stop(), loop.stop(), topSender?.stop()]);
    if (isFinal) {
      sampler.end();
      await Promise.all([loop.flush(flushLimitMs), topSender?.flush(flushLimitMs)]);
      const { samples } = buffer.state();
      if (samples > 0) log.info('samples stay in the push buffer until the next start', { samples, path });
    }
    sender.close();
    topSender?.close();
    buffer.close();
  }

  return {
    counts,
    start() {
      if (settings.apiKey !== undefined && isPlaintext(serverUrl))
        log.warn('collector.server_url is not https: the API key and all samples are sent in plaintext', {
          to: maskUserInfo(serverUrl),
        });
      log.info('pushing', {
        to: maskUserInfo(serverUrl),
        protocol: protocol.name,
        host,
        interval_ms: intervalMs,
        buffer: path,
      });
      sampler.start();
      loop.start();
      topSender?.start();
    },
    suspend: () => (ending ??= end({ isFinal: false })),
    stop: () => (ending ??= end({ isFinal: true })),
    noteTop(record) {
      if (topSender === undefined || ending !== undefined) return;
      buffer.top.append(record);
      topSender.wake();
    },
    families: () => pushFamilies({ buffer: buffer.state(), counts: counts.read(), maxBytes, nowMs: clock.now() }),
  };
}

/** Returns whether pushes leave this host without TLS. */
function isPlaintext(serverUrl: string): boolean {
  const { protocol, hostname } = new URL(serverUrl);
  return protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
