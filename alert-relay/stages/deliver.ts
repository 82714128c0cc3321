/** Last stage: one worker a channel empties its queue, so that a slow channel delays no other; relays take turns at it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../common/program/log.ts';
import { backoffMs } from '../../common/program/retry.ts';
import { isShared } from '../../common/store/dialect.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import type { Channel, ChannelOutcome, DeliveryContext } from '../channel/channel.ts';
import type { Pictures } from '../chart/pictures.ts';
import { restChannel, tryTurn } from '../store/channel-lease.ts';
import { tryNextNotification } from '../store/outbox.ts';
import type { GroupMessage, Message } from '../text/message.ts';
import { type Batch, chooseBatch } from './batch.ts';
import { createAfterwards } from './follow-ups.ts';
import { type SettleOptions, settleAttempt } from './record-outcome.ts';
import { type RenderOptions, renderMessage } from './render.ts';
import { renderGroup } from './render-group.ts';
import { createStageTimes } from './stage-times.ts';

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
/** The same where other relays fill it, and die with messages of theirs in it. */
const maxSharedSleepMs = 2_000;
/** How soon to look again while another relay sends on the channel. */
const takenMs = 250;
const graceMs = 5_000;
/** A message that was due for longer goes without a picture: the channel is behind, and others wait after it. */
const behindMs = 5_000;

interface AttemptOptions extends DeliveryOptions {
  readonly isBehind: boolean;
}

/** How long to rest before the next look at the queue; 0: none. */
interface Rest {
  readonly forMs: number;
}

export function createDelivery(own: DeliveryOptions): Delivery {
  const { db, channel, log, clock, random } = own;
  const sleepMs = isShared(db) ? maxSharedSleepMs : maxSleepMs;
  const aborted = new AbortController();
  const times = createStageTimes({ ...own, channel: channel.name });
  const afterwards = createAfterwards({ channel: channel.name, signal: aborted.signal, log });
  let isStopped = false;
  let isWoken = false;
  let waking = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!isStopped) {
      isWoken = false;
      try {
        const { forMs } = await step();
        if (forMs > 0) await rest(Math.min(forMs, sleepMs));
      } catch (error) {
        log.error('the outbox failed; tried again in 5 s', { channel: channel.name, error });
        await rest(5_000);
      }
    }
  }

  /** The queue is looked at before the turn is taken: an idle relay keeps nobody waiting. */
  async function step(): Promise<Rest> {
    const row = await tryNextNotification(db, channel.name);
    const waitMs = row === undefined ? sleepMs : row.next_attempt_at - clock();
    if (waitMs > 0) return { forMs: waitMs };
    return (await tryTurn(db, channel.name, takeTurn)) ?? { forMs: takenMs * (1 + random()) };
  }

  /** Reads the queue again: another relay may have emptied it meanwhile. */
  async function takeTurn(turn: Database, notBeforeMs: number): Promise<Rest> {
    const row = await tryNextNotification(turn, channel.name);
    const nowMs = clock();
    const waitMs = row === undefined ? sleepMs : Math.max(row.next_attempt_at, notBeforeMs) - nowMs;
    if (row === undefined || waitMs > 0 || isStopped) return { forMs: waitMs };
    await attempt(row, { ...own, db: turn }, nowMs);
    return { forMs: 0 };
  }

  async function attempt(row: NotificationRow, options: DeliveryOptions, nowMs: number): Promise<void> {
    const batch = await chooseBatch(row, { db: options.db, channel, nowMs });
    if (row.attempts === 0) times.observe('wait', Math.max(0, nowMs - row.created_at));
    const outcome = await deliver(batch, { ...options, isBehind: nowMs - row.next_attempt_at > behindMs });
    const endMs = clock();
    const pauseMs = outcome.kind === 'retry' ? outcome.afterMs : undefined;
    const { messagesPerMinute } = channel;
    const slotMs = messagesPerMinute === undefined ? 0 : nowMs + 60_000 / messagesPerMinute;
    const pausedUntilMs = pauseMs === undefined ? 0 : endMs + Math.min(pauseMs, maxPauseMs);
    const notBeforeMs = Math.max(slotMs, pausedUntilMs);
    const ownMs = backoffMs({ attempts: row.attempts + 1, firstMs: firstBackoffMs, maxMs: maxBackoffMs, random });
    const nextAttemptAtMs = endMs + Math.max(ownMs, pauseMs ?? 0);
    const settled = { rows: batch.rows, outcome, nowMs: endMs, nextAttemptAtMs };
    await times.measure('settle', () => settleAttempt(settled, options));
    if (notBeforeMs > 0) await restChannel(options.db, channel.name, notBeforeMs);
    if (outcome.kind === 'ok' && outcome.afterwards !== undefined) afterwards.add(outcome.afterwards);
  }

  async function deliver(batch: Batch, { isBehind, ...options }: AttemptOptions): Promise<ChannelOutcome> {
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
