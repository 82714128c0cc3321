/** Decides what follows an attempt (delivered, another attempt, dead letter), records the decision and counts it. */
import type { Log } from '../../common/program/log.ts';
import { backoffMs } from '../../common/program/retry.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import type { ChannelOutcome } from '../channel/channel.ts';
import { postponeNotifications, settleNotifications } from '../store/notifications.ts';
import type { DropReason, RelayMetrics } from './metrics.ts';

const firstBackoffMs = 1_000;
const maxBackoffMs = 5 * 60_000;
/** Longest pause that a receiver's Retry-After may impose on the whole channel. */
const maxPauseMs = 3_600_000;

export interface AttemptFacts {
  readonly outcome: ChannelOutcome;
  /** Attempts made so far, this one included. */
  readonly attempts: number;
  /** Time since the notification was queued. */
  readonly ageMs: number;
  /** Age at which an undelivered notification becomes a dead letter. */
  readonly maxAgeMs: number;
  /** In [0, 1). Randomises the backoff. */
  readonly jitter: number;
}

export type NextStep =
  | { readonly kind: 'delivered'; readonly receipt: string | undefined; readonly warning: string | undefined }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'dead'; readonly cause: Exclude<DropReason, 'channel_removed'>; readonly reason: string };

/** A resolution whose firing did not reach the channel is not sent: readers would learn of the end of an unknown alert. */
export const untoldEnd: NextStep = { kind: 'dead', cause: 'untold', reason: 'the channel did not get the firing' };

/**
 * Returns what happens next to a notification. A retry waits for the backoff or for Retry-After, the longer of the two,
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

export interface Pace {
  readonly outcome: ChannelOutcome;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Undefined: no limit. */
  readonly messagesPerMinute: number | undefined;
}

/** Returns the time before which nothing is sent on the channel: the next slot of its rate, or Retry-After. 0: no pause. */
export function channelPause({ outcome, startedMs, endedMs, messagesPerMinute }: Pace): number {
  const slotMs = messagesPerMinute === undefined ? 0 : startedMs + 60_000 / messagesPerMinute;
  const afterMs = outcome.kind === 'retry' ? outcome.afterMs : undefined;
  return afterMs === undefined ? slotMs : Math.max(slotMs, endedMs + Math.min(afterMs, maxPauseMs));
}

/** Notifications of one channel that share a decision. */
export interface Decision {
  /** At least one. */
  readonly rows: readonly NotificationRow[];
  readonly step: NextStep;
  readonly nowMs: number;
}

export interface Attempt {
  /** At least one, all of one channel. */
  readonly rows: readonly NotificationRow[];
  readonly outcome: ChannelOutcome;
  readonly nowMs: number;
  readonly maxAgeMs: number;
  readonly jitter: number;
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
export async function recordDecisions(db: Database, decisions: readonly Decision[]): Promise<void> {
  for (const { rows, step, nowMs } of decisions) {
    const ids = rows.map(({ id }) => id);
    if (step.kind === 'retry')
      await postponeNotifications(db, { ids, reason: step.reason, nextAttemptAtMs: nowMs + step.delayMs });
    else if (step.kind === 'dead') await settleNotifications(db, { ids, reason: reasonOf(step), nowMs });
    else await settleNotifications(db, { ids, reason: null, receipt: step.receipt, nowMs });
  }
}

/** Counts and logs the decisions. Call it after they are committed. */
export function reportDecisions(
  decisions: readonly Decision[],
  { metrics, log }: { readonly metrics: RelayMetrics; readonly log: Log },
): void {
  for (const { rows, step, nowMs } of decisions) {
    const [row] = rows;
    if (row === undefined) continue;
    const { channel, id: notification, episode_id: episode, status } = row;
    const together = rows.length === 1 ? {} : { together: rows.length };
    const fields = { channel, notification, episode, status, ...together };
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
        log.error('not delivered; kept as a dead letter', { ...fields, reason: reasonOf(step) });
    }
  }
}

function reasonOf({ cause, reason }: Extract<NextStep, { kind: 'dead' }>): string {
  return `${cause}: ${reason}`;
}
