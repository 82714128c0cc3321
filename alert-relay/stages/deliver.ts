/**
 * Last stage: delivers the queued notifications of one channel.
 *
 * Each channel has its own worker, so a slow channel delays no other. Relays that share a database lease the channel for
 * each attempt. The request to the receiver runs outside of any transaction; its result is recorded in a short one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, messageOf } from '../../common/program/log.ts';
import { isShared, LeaseLost } from '../../common/store/leases.ts';
import type { Channel, ChannelOutcome, DeliveryContext } from '../channel/channel.ts';
import type { Pictures } from '../chart/pictures.ts';
import { type ChannelLease, withChannelLease } from '../store/channel-lease.ts';
import { tryNextNotification, wasDeliveredBefore } from '../store/notifications.ts';
import type { GroupMessage, Message } from '../text/message.ts';
import { type Batch, chooseBatch } from './batch.ts';
import { createFollowUps } from './follow-ups.ts';
import { createStageTimes, type RelayMetrics } from './metrics.ts';
import { channelPause, decide, recordDecisions, reportDecisions, untoldEnd } from './record-outcome.ts';
import { type RenderOptions, renderGroup, renderMessage } from './render.ts';

export interface DeliveryOptions extends RenderOptions {
  readonly channel: Channel;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly tryPicture: Pictures['tryPicture'];
  /** Age at which an undelivered notification becomes a dead letter. */
  readonly maxAgeMs: number;
  /** How long another relay waits before it takes over from one that hangs or died. Default: 5 s. */
  readonly leaseMs?: number | undefined;
  readonly random: () => number;
}

export interface Delivery {
  start(): void;
  /** Gives the attempt in flight a few seconds, then aborts it. Undelivered notifications stay queued. Idempotent. */
  stop(): Promise<void>;
  /** Reports that notifications were queued. */
  wake(): void;
}

const standardLeaseMs = 5_000;
/** Longest time between two looks at the queue: another process may have filled it, or the clock may have been set. */
const maxSleepMs = 30_000;
/** The same on a shared database, where other relays queue notifications and may die before they send them. */
const maxSharedSleepMs = 2_000;
/** Time until the next look while another relay has the lease. */
const leasedMs = 250;
const faultPauseMs = 5_000;
const graceMs = 5_000;
/** A notification that was due for longer than this is sent without a picture, so that the channel catches up. */
const behindMs = 5_000;

export function createDelivery(options: DeliveryOptions): Delivery {
  const { db, channel, maxAgeMs, leaseMs: lifetimeMs = standardLeaseMs, log, now, random } = options;
  const idleMs = isShared(db) ? maxSharedSleepMs : maxSleepMs;
  const aborted = new AbortController();
  const times = createStageTimes({ ...options, channel: channel.name });
  const followUps = createFollowUps({ channel: channel.name, signal: aborted.signal, log });
  let isStopped = false;
  let isWoken = false;
  let waking = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!isStopped) {
      isWoken = false;
      const restMs = await step().catch((error: unknown) => {
        if (error instanceof LeaseLost) {
          log.warn('the attempt is not recorded: another relay took over the channel', { channel: channel.name });
          return leasedMs;
        }
        log.error('delivery failed; it continues in 5 s', { channel: channel.name, error });
        return faultPauseMs;
      });
      if (restMs > 0) await rest(Math.min(restMs, idleMs));
    }
  }

  /** Returns the milliseconds to rest. Looks at the queue before it claims the lease: an idle relay blocks no other. */
  async function step(): Promise<number> {
    const row = await tryNextNotification(db, channel.name);
    const waitMs = row === undefined ? idleMs : row.next_attempt_at - now();
    if (waitMs > 0) return waitMs;
    const onFault = (message: string, error: unknown): void => log.warn(message, { channel: channel.name, error });
    const restMs = await withChannelLease({ db, channel: channel.name, lifetimeMs, onFault }, attemptNext);
    return restMs ?? leasedMs * (1 + random());
  }

  /** Reads the queue again: another relay may have emptied it before the lease was claimed. */
  async function attemptNext(lease: ChannelLease): Promise<number> {
    const row = await tryNextNotification(db, channel.name);
    const startedMs = now();
    const waitMs = row === undefined ? idleMs : Math.max(row.next_attempt_at, lease.notBeforeMs) - startedMs;
    if (row === undefined || waitMs > 0 || isStopped) return waitMs;
    if (row.status === 'resolved' && !(await wasDeliveredBefore(db, { ...row, status: 'firing' }))) {
      const decisions = [{ rows: [row], step: untoldEnd, nowMs: startedMs }];
      await lease.complete({ notBeforeMs: 0, change: (transaction) => recordDecisions(transaction, decisions) });
      reportDecisions(decisions, options);
      return 0;
    }
    if (row.attempts === 0) times.observe('wait', Math.max(0, startedMs - row.created_at));
    const batch = await chooseBatch(row, { db, channel, nowMs: startedMs });
    const outcome = await send(batch, lease, startedMs - row.next_attempt_at > behindMs ? 'behind' : 'in time');
    const endedMs = now();
    const decisions = decide({ rows: batch.rows, outcome, nowMs: endedMs, maxAgeMs, jitter: random() });
    const { messagesPerMinute } = channel;
    await times.measure('settle', () =>
      lease.complete({
        notBeforeMs: channelPause({ outcome, startedMs, endedMs, messagesPerMinute }),
        change: (transaction) => recordDecisions(transaction, decisions),
      }),
    );
    reportDecisions(decisions, options);
    if (outcome.kind === 'ok' && outcome.followUp !== undefined) followUps.add(outcome.followUp);
    return 0;
  }

  /** Renders the batch and makes one attempt to send it. Throws only a `LeaseLost`. */
  async function send(batch: Batch, lease: ChannelLease, pace: 'in time' | 'behind'): Promise<ChannelOutcome> {
    const contextOf = (message: Message | GroupMessage): DeliveryContext => ({
      signal: AbortSignal.any([aborted.signal, lease.signal]),
      previous: batch.previous,
      ...(pace === 'in time' && {
        tryPicture: () => times.measure('picture', () => options.tryPicture(message)),
      }),
    });
    try {
      const deliver = await times.measure('render', () => prepare(batch, contextOf));
      await lease.confirm();
      return await times.measure('deliver', deliver);
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      log.error('a message was not rendered', { channel: channel.name, notification: batch.rows[0]?.id, error });
      return { kind: 'retry', reason: messageOf(error) };
    }
  }

  async function prepare(
    batch: Batch,
    contextOf: (message: Message | GroupMessage) => DeliveryContext,
  ): Promise<() => Promise<ChannelOutcome>> {
    const { groups } = channel;
    if (batch.kind === 'single' || groups === undefined) {
      const message = await renderMessage(batch.row, options);
      return () => channel.deliver(message, contextOf(message));
    }
    const group = await renderGroup(batch, options);
    return () => groups.deliver(group, contextOf(group));
  }

  async function rest(forMs: number): Promise<void> {
    waking = new AbortController();
    if (isStopped || isWoken) return;
    await sleep(forMs, undefined, { signal: waking.signal }).catch((thrown: unknown) => {
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
      await followUps.ended();
      clearTimeout(timer);
    },
    wake() {
      isWoken = true;
      waking.abort();
    },
  };
}
