/** A sign of life to somewhere else, for as long as the whole chain works: its absence is for others to notice. */
import type { Log } from '../common/program/log.ts';
import type { Secret } from '../common/program/settings/secret.ts';
import { tryRememberedTime } from '../common/store/relay-state.ts';
import type { Database } from '../common/store/schema.ts';
import { classifyStatus, post } from './channel/http-post.ts';
import type { RelayMetrics } from './metrics.ts';

export interface HeartbeatOptions {
  readonly db: Database;
  readonly url: Secret;
  /** How old the last firing Watchdog may be. */
  readonly watchdogMaxAgeMs: number;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly clock: () => number;
}

const timeoutMs = 10_000;

/** Posts an empty body, unless the Watchdog is missing: then Prometheus or Alertmanager is broken, and silence says so. */
export async function sendHeartbeat(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  const { db, url, watchdogMaxAgeMs, metrics, log, clock } = options;
  const watchdogMs = await tryRememberedTime(db, 'last_watchdog');
  if (watchdogMs === undefined || clock() - watchdogMs > watchdogMaxAgeMs) {
    metrics.heartbeats.inc({ outcome: 'withheld' });
    log.warn('no heartbeat is sent: no Watchdog came from Alertmanager in time', { max_age_ms: watchdogMaxAgeMs });
    return;
  }
  const posted = await post({ url: url.reveal(), body: '', headers: {}, timeoutMs, signal, clock, answer: 'ignored' });
  const outcome = posted.kind === 'retry' ? posted : classifyStatus(posted.status, posted.afterMs);
  metrics.heartbeats.inc({ outcome: outcome.kind === 'ok' ? 'ok' : 'failed' });
  if (outcome.kind !== 'ok')
    log.warn('the heartbeat was not taken; the next comes in time', { reason: outcome.reason });
}
