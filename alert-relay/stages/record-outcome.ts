/** What an attempt means for the notifications in it: done, tried again later, or dead letters. */
import type { Log } from '../../common/program/log.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import type { ChannelOutcome } from '../channel/channel.ts';
import type { RelayMetrics } from '../metrics.ts';
import { postponeNotifications, settleNotifications } from '../store/outbox.ts';

export interface SettleOptions {
  readonly db: Database;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  /** A message that could not be delivered for this long is dead. */
  readonly maxAgeMs: number;
}

export interface Attempt {
  /** At least one, all of one channel. */
  readonly rows: readonly NotificationRow[];
  readonly outcome: ChannelOutcome;
  readonly nowMs: number;
  /** When to try again, for an outcome that asks for it. */
  readonly nextAttemptAtMs: number;
}

/** At least once: rows leave the queue only after the receiver has them, or will never take them. */
export async function settleAttempt(attempt: Attempt, options: SettleOptions): Promise<void> {
  const { rows, outcome, nowMs } = attempt;
  if (outcome.kind === 'ok') return settleDelivered(attempt, outcome, options);
  if (outcome.kind === 'drop') return giveUp(rows, { reason: 'rejected', detail: outcome.reason, nowMs }, options);
  const { maxAgeMs } = options;
  const young = rows.filter(({ created_at }) => nowMs < created_at + maxAgeMs);
  const old = rows.filter((row) => !young.includes(row));
  if (young.length > 0) await postpone({ ...attempt, rows: young }, outcome.reason, options);
  if (old.length > 0) await giveUp(old, { reason: 'expired', detail: outcome.reason, nowMs }, options);
}

async function settleDelivered(
  { rows, nowMs }: Attempt,
  { receipt, warning }: Extract<ChannelOutcome, { kind: 'ok' }>,
  { db, metrics, log }: SettleOptions,
): Promise<void> {
  await settleNotifications(db, { ids: rows.map(({ id }) => id), reason: null, receipt, nowMs });
  metrics.deliveries.inc({ channel: channelOf(rows), outcome: 'ok' }, rows.length);
  const what = { ...describe(rows), attempts: (rows[0]?.attempts ?? 0) + 1 };
  if (warning === undefined) log.info('delivered', what);
  else log.warn('delivered, but not to all', { ...what, reason: warning });
}

async function postpone(
  { rows, nextAttemptAtMs }: Attempt,
  reason: string,
  { db, metrics, log, maxAgeMs }: SettleOptions,
): Promise<void> {
  const lastMs = Math.min(...rows.map(({ created_at }) => created_at + maxAgeMs));
  const atMs = Math.min(nextAttemptAtMs, lastMs);
  await postponeNotifications(db, { ids: rows.map(({ id }) => id), reason, nextAttemptAtMs: atMs });
  metrics.deliveries.inc({ channel: channelOf(rows), outcome: 'retry' }, rows.length);
  const next = new Date(atMs).toISOString();
  log.warn('not delivered; tried again', { ...describe(rows), reason, attempts: (rows[0]?.attempts ?? 0) + 1, next });
}

async function giveUp(
  rows: readonly NotificationRow[],
  {
    reason,
    detail,
    nowMs,
  }: { readonly reason: 'rejected' | 'expired'; readonly detail: string; readonly nowMs: number },
  { db, metrics, log }: SettleOptions,
): Promise<void> {
  const why = `${reason}: ${detail}`;
  await settleNotifications(db, { ids: rows.map(({ id }) => id), reason: why, nowMs });
  const channel = channelOf(rows);
  metrics.deliveries.inc({ channel, outcome: 'drop' }, rows.length);
  metrics.dropped.inc({ channel, reason }, rows.length);
  log.error('given up; kept as a dead letter', { ...describe(rows), reason: why });
}

function channelOf([row]: readonly NotificationRow[]): string {
  return row?.channel ?? '';
}

function describe(rows: readonly NotificationRow[]): Readonly<Record<string, unknown>> {
  const [row] = rows;
  const { id: notification, episode_id: episode, status } = row ?? {};
  const together = rows.length === 1 ? {} : { together: rows.length };
  return { channel: channelOf(rows), notification, episode, status, ...together };
}
