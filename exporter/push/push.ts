/** The push, put together: sampler to buffer to receiver, each of which goes on while another waits. */

import type { Log } from '../../common/program/log.ts';
import type { Family } from '../exposition/family.ts';
import { createBatchPlan } from './batch-plan.ts';
import { createSampleBuffer } from './buffer/sample-buffer.ts';
import { createPushCounts, type PushCounts } from './push-counts.ts';
import { createPushLoop } from './push-loop.ts';
import { pushFamilies } from './push-metrics.ts';
import type { PushSettings } from './push-settings.ts';
import { type Clock, systemClock } from './sampler/clock.ts';
import { gridOf } from './sampler/grid.ts';
import { createSampler } from './sampler/sampler.ts';

export interface PushOptions {
  readonly settings: PushSettings;
  /** The families of one instant. */
  readonly read: () => Promise<readonly Family[]>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Log;
  /** Go on over a change of the configuration; absent: from zero. */
  readonly counts?: PushCounts;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Collects garbage; absent: V8 alone decides when. */
  readonly collect?: (() => void) | undefined;
}

export interface Push {
  start(): void;
  /** For a change of the configuration: nothing more is sent or sampled, what waits stays. Idempotent. */
  suspend(): Promise<void>;
  /** For good: every series ends, and what waits is sent for up to 5 s. Idempotent. */
  stop(): Promise<void>;
  families(): readonly Family[];
  readonly counts: PushCounts;
}

const flushLimitMs = 5_000;

/** Opens the buffer and reads the TLS files. Throws a `StartError` when another process has the buffer. */
export async function createPush(options: PushOptions): Promise<Push> {
  const { settings, read, environment, version, log, clock = systemClock, random = Math.random } = options;
  const { protocol, bufferFile: path, maxBytes, maxAgeMs, host, intervalMs, serverUrl } = settings;
  const counts = options.counts ?? createPushCounts();
  const now = () => clock.now();
  const sender = await protocol.create({ ...settings, environment, version, now, log });
  const buffer = createSampleBuffer({ path, maxBytes, maxAgeMs, now, log });
  const plan = createBatchPlan({ buffer, ...protocol });
  const loop = createPushLoop({ plan, sender, counts, clock, random, log, collect: options.collect });
  const sampler = createSampler({
    grid: gridOf(host, intervalMs),
    read,
    buffer,
    onAppend: () => loop.wake(),
    onMissed: (instants) => counts.noteMissed(instants),
    clock,
    log,
  });
  let ending: Promise<void> | undefined;

  async function end({ isForGood }: { readonly isForGood: boolean }): Promise<void> {
    await Promise.all([sampler.stop(), loop.stop()]);
    if (isForGood) {
      sampler.end();
      await loop.flush(flushLimitMs);
      const { samples } = buffer.state();
      if (samples > 0) log.info('samples stay in the push buffer until the next start', { samples, path });
    }
    sender.close();
    buffer.close();
  }

  return {
    counts,
    start() {
      if (settings.apiKey !== undefined && isReadableOnTheWay(serverUrl))
        log.warn('the key and all samples can be read on the way: collector.server_url is not https', {
          to: serverUrl,
        });
      log.info('pushing', { to: serverUrl, protocol: protocol.name, host, interval_ms: intervalMs, buffer: path });
      sampler.start();
      loop.start();
    },
    suspend: () => (ending ??= end({ isForGood: false })),
    stop: () => (ending ??= end({ isForGood: true })),
    families: () => pushFamilies({ buffer: buffer.state(), counts: counts.read(), maxBytes, nowMs: clock.now() }),
  };
}

/** Without TLS, and not to this host itself. */
function isReadableOnTheWay(serverUrl: string): boolean {
  const { protocol, hostname } = new URL(serverUrl);
  return protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
