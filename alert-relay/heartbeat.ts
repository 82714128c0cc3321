/** Sends heartbeats to an external monitor, which raises the alarm when they stop. */
import type { Log } from '../common/program/log.ts';
import type { Secret } from '../common/program/settings/secret.ts';
import { tryRememberedTime } from '../common/store/relay-records.ts';
import type { Database } from '../common/store/schema.ts';
import { classifyStatus, post } from './channel/http-post.ts';
import type { RelayMetrics } from './stages/metrics.ts';

export interface HeartbeatOptions {
  readonly db: Database;
  readonly url: Secret;
  /** Maximum age of the last firing Watchdog. */
  readonly watchdogMaxAgeMs: number;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly now: () => number;
}

const timeoutMs = 10_000;

/**
 * Posts an empty body, unless the Watchdog is missing: then Prometheus or Alertmanager is broken, and the missing heartbeat
 * reports it.
 */
export async function sendHeartbeat(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  const { db, url, watchdogMaxAgeMs, metrics, log, now } = options;
  const watchdogMs = await tryRememberedTime(db, 'last_watchdog');
  if (watchdogMs === undefined || now() - watchdogMs > watchdogMaxAgeMs) {
    metrics.heartbeats.inc({ outcome: 'withheld' });
    log.warn('heartbeat withheld: no Watchdog came from Alertmanager in time', { max_age_ms: watchdogMaxAgeMs });
    return;
  }
  const posted = await post({ url: url.reveal(), body: '', headers: {}, timeoutMs, signal, now, answer: 'ignored' });
  const outcome = posted.kind === 'retry' ? posted : classifyStatus(posted.status, posted.afterMs);
  metrics.heartbeats.inc({ outcome: outcome.kind === 'ok' ? 'ok' : 'failed' });
  if (outcome.kind !== 'ok')
    log.warn('heartbeat not accepted; the next one is sent on schedule', { reason: outcome.reason });
}
