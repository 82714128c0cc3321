/** Deletes old history, and gives up notifications for channels that are no longer configured. */
import type { Log } from '../common/program/log.ts';
import { deleteEpisodes } from '../common/store/relay-records.ts';
import type { Database } from '../common/store/schema.ts';
import { releaseFreePages } from '../common/store/sqlite.ts';
import type { RelayMetrics } from './stages/metrics.ts';
import { expireOrphans } from './store/dead-letters.ts';
import { deleteIdleSteps } from './store/escalation-steps.ts';

export interface RetentionOptions {
  readonly db: Database;
  readonly channels: readonly string[];
  readonly historyMs: number;
  readonly retryMaxAgeMs: number;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly now: () => number;
}

export async function enforceRetention(options: RetentionOptions): Promise<void> {
  const { db, channels, historyMs, retryMaxAgeMs, metrics, log, now } = options;
  const nowMs = now();
  const orphans = await expireOrphans(db, { channels, createdBeforeMs: nowMs - retryMaxAgeMs, nowMs });
  for (const channel of orphans) metrics.dropped.inc({ channel, reason: 'channel_removed' });
  if (orphans.length > 0)
    log.warn('notifications for channels that are not configured are kept as dead letters', {
      messages: orphans.length,
      channels: [...new Set(orphans)].join(' '),
    });
  await deleteIdleSteps(db);
  const episodes = await deleteEpisodes(db, nowMs - historyMs);
  if (episodes > 0) log.info('history older than its retention was deleted', { episodes });
  await releaseFreePages(db);
}
