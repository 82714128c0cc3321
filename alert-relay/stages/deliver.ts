/** Last stage: one worker a channel empties its queue, so that a slow channel delays no other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../common/program/log.ts';
import { backoffMs } from '../../common/program/outcome.ts';
import type { NotificationRow } from '../../common/store/notifications.ts';
import { tryNextNotification } from '../../common/store/outbox.ts';
import type { Channel, ChannelOutcome, DeliveryContext } from '../channels/channel.ts';
import type { GroupMessage, Message } from '../message.ts';
import type { Pictures } from '../picture/pictures.ts';
import { createStageTimes } from '../stage-times.ts';
import { createAfterwards } from './afterwards.ts';
import { type Batch, chooseBatch } from './batch.ts';
import { type RenderOptions, renderMessage } from './render.ts';
import { renderGroup } from './render-group.ts';
import { type SettleOptions, settleAttempt } from './settle.ts';

export interface DeliveryOptions extends RenderOptions, SettleOptions {
  readonly channel: Channel;
  readonly tryPicture: Pictures['tryPicture'];
  readonly clock: () => number;
  readonly random: () => number;
}

export interface Delivery {
  start(): void;
  /** Lets the attempt in flight end for a moment, then aborts it; what is not delivered stays queued. Idempotent. */
  stop(): Promise<void>;
  /** Something was queued. */
  wake(): void;
}

const firstBackoffMs = 1_000;
const maxBackoffMs = 5 * 60_000;
/** The most that a receiver's Retry-After may hold up its whole channel. */
const maxPauseMs = 3_600_000;
/** Looks at the queue at least this often: another process may have filled it, or the clock been set. */
const maxSleepMs = 30_000;
const graceMs = 5_000;
/** A message that was due for longer goes without a picture: the channel is behind, and others wait after it. */
const behindMs = 5_000;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { db, channel, log, clock, random } = options;
  const aborted = new AbortController();
  const times = createStageTimes({ ...options, channel: channel.name });
  const afterwards = createAfterwards({ channel: channel.name, signal: aborted.signal, log });
  let isStopped = false;
  let isWoken = false;
  let waking = new AbortController();
  let running: Promise<void> | undefined;
  let pausedUntilMs = 0;
  let nextSlotMs = 0;

  async function run(): Promise<void> {
    while (!isStopped) {
      isWoken = false;
      try {
        const row = await tryNextNotification(db, channel.name);
        const nowMs = clock();
        const waitMs =
          row === undefined ? maxSleepMs : Math.max(row.next_attempt_at, pausedUntilMs, nextSlotMs) - nowMs;
        if (row !== undefined && waitMs <= 0) await attempt(row, nowMs);
        else await rest(Math.min(waitMs, maxSleepMs));
      } catch (error) {
        log.error('the outbox failed; tried again in 5 s', { channel: channel.name, error });
        await rest(5_000);
      }
    }
  }

  async function attempt(row: NotificationRow, nowMs: number): Promise<void> {
    const batch = await chooseBatch(row, { db, channel, nowMs });
    if (channel.messagesPerMinute !== undefined) nextSlotMs = nowMs + 60_000 / channel.messagesPerMinute;
    if (row.attempts === 0) times.observe('wait', Math.max(0, nowMs - row.created_at));
    const outcome = await deliver(batch, { isBehind: nowMs - row.next_attempt_at > behindMs });
    const endMs = clock();
    const afterMs = outcome.kind === 'retry' ? outcome.afterMs : undefined;
    const nextAttemptAtMs = nextAttemptMs(row, afterMs, endMs);
    const settled = { rows: batch.rows, outcome, nowMs: endMs, nextAttemptAtMs };
    await times.measure('settle', () => settleAttempt(settled, options));
    if (outcome.kind === 'ok' && outcome.afterwards !== undefined) afterwards.add(outcome.afterwards);
  }

  async function deliver(batch: Batch, { isBehind }: { readonly isBehind: boolean }): Promise<ChannelOutcome> {
    const { rows, kind, previous } = batch;
    const [row] = rows;
    const contextOf = (message: Message | GroupMessage): DeliveryContext => ({
      signal: aborted.signal,
      previous,
      ...(isBehind ? {} : { tryPicture: () => times.measure('picture', () => options.tryPicture(message)) }),
    });
    try {
      if (row === undefined) throw new Error('nothing was to be sent');
      if (kind === 'single' || channel.groups === undefined) {
        const message = await times.measure('render', () => renderMessage(row, options));
        return await times.measure('deliver', () => channel.deliver(message, contextOf(message)));
      }
      const { groups } = channel;
      const group = await times.measure('render', () => renderGroup(batch, options));
      return await times.measure('deliver', () => groups.deliver(group, contextOf(group)));
    } catch (error) {
      log.error('a message could not be made', { channel: channel.name, notification: row?.id, error });
      return { kind: 'retry', reason: messageOf(error) };
    }
  }

  function nextAttemptMs({ attempts }: NotificationRow, afterMs: number | undefined, nowMs: number): number {
    if (afterMs !== undefined) pausedUntilMs = nowMs + Math.min(afterMs, maxPauseMs);
    const ownMs = backoffMs({ attempts: attempts + 1, firstMs: firstBackoffMs, maxMs: maxBackoffMs, random });
    return nowMs + Math.max(ownMs, afterMs ?? 0);
  }

  async function rest(forMs: number): Promise<void> {
    waking = new AbortController();
    if (isStopped || isWoken) return;
    await sleep(Math.max(forMs, 0), undefined, { signal: waking.signal }).catch((thrown: unknown) => {
      if (!waking.signal.aborted) throw thrown;
    });
  }

  return {
    start() {
      running ??= run();
    },
    async stop() {
      isStopped = true;
      waking.abort();
      const timer = setTimeout(() => aborted.abort(), graceMs);
      await running;
      await afterwards.ended();
      clearTimeout(timer);
    },
    wake() {
      isWoken = true;
      waking.abort();
    },
  };
}
