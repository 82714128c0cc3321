/**
 * Last stage: sends a channel's queued notifications and decides the outcome of each attempt: delivered, a retry or a dead letter.
 *
 * Each channel has its own worker, so a slow channel delays no other. Relays that share a database lease the channel for
 * each attempt. The request to the receiver runs outside of any transaction; its result is recorded in a short one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, messageOf } from '../../common/program/log.ts';
import { backoffMs } from '../../common/program/retry.ts';
import { isShared, LeaseLost } from '../../common/store/leases.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import type { Channel, ChannelOutcome, DeliveryContext } from '../channel/channel.ts';
import type { Pictures } from '../chart/pictures.ts';
import {
  type ChannelLease,
  postponeNotifications,
  settleNotifications,
  tryNextNotification,
  wasDeliveredBefore,
  withChannelLease,
} from '../store/outbox.ts';
import type { GroupMessage, Message } from '../text/message.ts';
import { type Batch, chooseBatch, type RenderOptions, renderMessage } from './compose.ts';
import { createFollowUps } from './follow-ups.ts';
import { renderGroup } from './group.ts';
import { createStageTimes, type DropReason, type RelayMetrics } from './metrics.ts';

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
      await settle(lease, [{ rows: [row], step: untoldEnd, nowMs: startedMs }], 0);
      return 0;
    }
    if (row.attempts === 0) times.observe('wait', Math.max(0, startedMs - row.created_at));
    const batch = await chooseBatch(row, { db, channel, nowMs: startedMs });
    const outcome = await send(batch, lease, startedMs - row.next_attempt_at > behindMs ? 'behind' : 'in time');
    const endedMs = now();
    const decisions = decide({ rows: batch.rows, outcome, nowMs: endedMs, maxAgeMs, jitter: random() });
    const notBeforeMs = channelPause({ outcome, startedMs, endedMs, messagesPerMinute: channel.messagesPerMinute });
    await times.measure('settle', () => settle(lease, decisions, notBeforeMs));
    if (outcome.kind === 'ok' && outcome.followUp !== undefined) followUps.add(outcome.followUp);
    return 0;
  }

  /** Ends the lease with the decisions. Counts and logs them once they are committed. */
  async function settle(lease: ChannelLease, decisions: readonly Decision[], notBeforeMs: number): Promise<void> {
    await lease.complete({ notBeforeMs, change: (transaction) => recordDecisions(transaction, decisions) });
    reportDecisions(decisions, options);
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

const firstBackoffMs = 1_000;
const maxBackoffMs = 5 * 60_000;
/** Longest pause that a receiver's Retry-After may impose on the whole channel. */
const maxPauseMs = 3_600_000;

export interface AttemptFacts extends Pick<DeliveryOptions, 'maxAgeMs'> {
  readonly outcome: ChannelOutcome;
  /** Attempts made so far, including the current attempt. */
  readonly attempts: number;
  /** Time since the notification was queued. */
  readonly ageMs: number;
  /** In [0, 1). Randomises the backoff. */
  readonly jitter: number;
}

export type NextStep =
  | { readonly kind: 'delivered'; readonly receipt: string | undefined; readonly warning: string | undefined }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'dead'; readonly cause: Exclude<DropReason, 'channel_removed'>; readonly reason: string };

/** A resolution whose firing did not reach the channel is not sent: readers would learn of the end of an unknown alert. */
const untoldEnd: NextStep = { kind: 'dead', cause: 'untold', reason: 'the channel did not get the firing' };

/**
 * Returns the decision about a notification after an attempt. A retry waits for the backoff or for Retry-After, the longer of the two,
 * but never beyond the maximum age: the last attempt is made when the notification reaches it.
 */
export function nextStep({ outcome, attempts, ageMs, maxAgeMs, jitter }: AttemptFacts): NextStep {
  if (outcome.kind === 'ok') return { kind: 'delivered', receipt: outcome.receipt, warning: outcome.warning };
  if (outcome.kind === 'drop') return { kind: 'dead', cause: 'rejected', reason: outcome.reason };
  if (ageMs >= maxAgeMs) return { kind: 'dead', cause: 'expired', reason: outcome.reason };
  const ownMs = backoffMs({ attempts, firstMs: firstBackoffMs, maxMs: maxBackoffMs, random: () => jitter });
  const delayMs = Math.min(Math.max(ownMs, outcome.afterMs ?? 0), maxAgeMs - ageMs);
  return { kind: 'retry', delayMs, reason: outcome.reason };
}

interface Pace extends Pick<AttemptFacts, 'outcome'>, Pick<Channel, 'messagesPerMinute'> {
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Returns the time before which nothing is sent on the channel: the next slot of its rate, or Retry-After. 0: no pause. */
export function channelPause({ outcome, startedMs, endedMs, messagesPerMinute }: Pace): number {
  const slotMs = messagesPerMinute === undefined ? 0 : startedMs + 60_000 / messagesPerMinute;
  const afterMs = outcome.kind === 'retry' ? outcome.afterMs : undefined;
  return afterMs === undefined ? slotMs : Math.max(slotMs, endedMs + Math.min(afterMs, maxPauseMs));
}

/** Notifications of one channel that share a decision. */
interface Decision {
  /** At least one. */
  readonly rows: readonly NotificationRow[];
  readonly step: NextStep;
  readonly nowMs: number;
}

interface Attempt extends Omit<AttemptFacts, 'attempts' | 'ageMs'> {
  /** At least one, all of one channel. */
  readonly rows: readonly NotificationRow[];
  readonly nowMs: number;
}

/** Decides for each notification of an attempt. A group backs off together, by the attempts of its first notification. */
export function decide({ rows, outcome, nowMs, maxAgeMs, jitter }: Attempt): readonly Decision[] {
  const attempts = (rows[0]?.attempts ?? 0) + 1;
  const decisions = new Map<string, { rows: NotificationRow[]; step: NextStep; nowMs: number }>();
  for (const row of rows) {
    const step = nextStep({ outcome, attempts, ageMs: nowMs - row.created_at, maxAgeMs, jitter });
    const key = step.kind === 'retry' ? `retry ${step.delayMs}` : step.kind;
    const alike = decisions.get(key);
    if (alike === undefined) decisions.set(key, { rows: [row], step, nowMs });
    else alike.rows.push(row);
  }
  return [...decisions.values()];
}

/** Writes the decisions to the outbox. */
async function recordDecisions(db: Database, decisions: readonly Decision[]): Promise<void> {
  for (const { rows, step, nowMs } of decisions) {
    const ids = rows.map(({ id }) => id);
    if (step.kind === 'retry')
      await postponeNotifications(db, { ids, reason: step.reason, nextAttemptAtMs: nowMs + step.delayMs });
    else if (step.kind === 'dead')
      await settleNotifications(db, { ids, reason: `${step.cause}: ${step.reason}`, nowMs });
    else await settleNotifications(db, { ids, reason: null, receipt: step.receipt, nowMs });
  }
}

/** Counts and logs the decisions. Call it after they are committed. */
function reportDecisions(
  decisions: readonly Decision[],
  { metrics, log }: { readonly metrics: RelayMetrics; readonly log: Log },
): void {
  for (const { rows, step, nowMs } of decisions) {
    const [row] = rows;
    if (row === undefined) continue;
    const { channel, id: notification, episode_id: episode, status } = row;
    const fields = { channel, notification, episode, status, ...(rows.length > 1 && { together: rows.length }) };
    const attempts = row.attempts + 1;
    switch (step.kind) {
      case 'delivered':
        metrics.deliveries.inc({ channel, outcome: 'ok' }, rows.length);
        if (step.warning === undefined) log.info('delivered', { ...fields, attempts });
        else log.warn('delivered, but not to all recipients', { ...fields, attempts, reason: step.warning });
        break;
      case 'retry': {
        metrics.deliveries.inc({ channel, outcome: 'retry' }, rows.length);
        const next = new Date(nowMs + step.delayMs).toISOString();
        log.warn('not delivered; will be retried', { ...fields, reason: step.reason, attempts, next });
        break;
      }
      case 'dead':
        metrics.deliveries.inc({ channel, outcome: 'drop' }, rows.length);
        metrics.dropped.inc({ channel, reason: step.cause }, rows.length);
        log.error('not delivered; kept as a dead letter', { ...fields, reason: `${step.cause}: ${step.reason}` });
    }
  }
}
