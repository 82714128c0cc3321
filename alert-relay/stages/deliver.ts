/** Last stage: one worker a channel empties its queue, so that a slow channel delays no other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, messageOf } from '../../common/program/log.ts';
import { backoffMs, type DeliveryOutcome } from '../../common/program/outcome.ts';
import type { NotificationRow } from '../../common/store/notifications.ts';
import { postponeNotification, settleNotification, tryNextNotification } from '../../common/store/outbox.ts';
import type { Database } from '../../common/store/schema.ts';
import type { Channel } from '../channels/channel.ts';
import type { Message } from '../message.ts';
import type { RelayMetrics } from '../metrics.ts';

export interface DeliveryOptions {
  readonly db: Database;
  readonly channel: Channel;
  readonly render: (row: NotificationRow) => Promise<Message>;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  /** A message that could not be delivered for this long is dead. */
  readonly maxAgeMs: number;
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

export function createDelivery(options: DeliveryOptions): Delivery {
  const { db, channel, metrics, log, maxAgeMs, clock, random } = options;
  const aborted = new AbortController();
  let isStopped = false;
  let isWoken = false;
  let waking = new AbortController();
  let running: Promise<void> | undefined;
  let pausedUntilMs = 0;

  async function run(): Promise<void> {
    while (!isStopped) {
      isWoken = false;
      try {
        const row = await tryNextNotification(db, channel.name);
        const waitMs = row === undefined ? maxSleepMs : Math.max(row.next_attempt_at, pausedUntilMs) - clock();
        if (row !== undefined && waitMs <= 0) await attempt(row);
        else await rest(Math.min(waitMs, maxSleepMs));
      } catch (error) {
        log.error('the outbox failed; tried again in 5 s', { channel: channel.name, error });
        await rest(5_000);
      }
    }
  }

  /** At least once: the row leaves the queue only after the receiver has the message. */
  async function attempt(row: NotificationRow): Promise<void> {
    const outcome = await deliver(row);
    const nowMs = clock();
    const what = { channel: channel.name, notification: row.id, episode: row.episode_id, status: row.status };
    if (outcome.kind === 'ok') {
      await settleNotification(db, { id: row.id, reason: null, nowMs });
      metrics.deliveries.inc({ channel: channel.name, outcome: 'ok' });
      log.info('delivered', { ...what, attempts: row.attempts + 1 });
    } else if (outcome.kind === 'retry' && nowMs < row.created_at + maxAgeMs) {
      const nextAttemptAtMs = Math.min(nextAttemptMs(row, outcome.afterMs, nowMs), row.created_at + maxAgeMs);
      await postponeNotification(db, { id: row.id, reason: outcome.reason, nextAttemptAtMs });
      metrics.deliveries.inc({ channel: channel.name, outcome: 'retry' });
      const next = new Date(nextAttemptAtMs).toISOString();
      log.warn('not delivered; tried again', { ...what, reason: outcome.reason, attempts: row.attempts + 1, next });
    } else {
      const reason = outcome.kind === 'drop' ? 'rejected' : 'expired';
      await settleNotification(db, { id: row.id, reason: `${reason}: ${outcome.reason}`, nowMs });
      metrics.deliveries.inc({ channel: channel.name, outcome: 'drop' });
      metrics.dropped.inc({ channel: channel.name, reason });
      log.error('given up; kept as a dead letter', { ...what, reason: `${reason}: ${outcome.reason}` });
    }
  }

  async function deliver(row: NotificationRow): Promise<DeliveryOutcome> {
    try {
      return await channel.deliver(await options.render(row), aborted.signal);
    } catch (error) {
      log.error('a message could not be made', { channel: channel.name, notification: row.id, error });
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
      clearTimeout(timer);
    },
    wake() {
      isWoken = true;
      waking.abort();
    },
  };
}
