/** Finds what no webhook told: episodes that ended unannounced, and alerts that fire although they seemed to have ended. */
import type { Log } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import {
  clearRefired,
  type Episode,
  openEpisode,
  openEpisodes,
  refiredEpisodes,
  tryCloseEpisode,
  tryLatestEpisode,
} from '../../common/store/alert-history.ts';
import type { Database } from '../../common/store/schema.ts';
import type { RelayMetrics } from '../metrics.ts';
import type { Pipeline } from '../pipeline.ts';
import { type AlertmanagerAlert, readAlertmanagerAlerts, readPrometheusAlerts } from './active-alerts.ts';

export interface ReconcilerOptions {
  readonly db: Database;
  readonly pipeline: Pick<Pipeline, 'record' | 'notifyNewChannels'>;
  /** At least one of the two is asked; one that is not configured counts for nothing. */
  readonly alertmanager: PrometheusConnection | undefined;
  readonly prometheus: PrometheusConnection | undefined;
  readonly absentForMs: number;
  /** From one comparison to the next. One that comes much later says nothing of the time between. */
  readonly intervalMs: number;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly now: () => number;
}

interface ActiveAlerts {
  readonly alertmanager: ReadonlyMap<string, AlertmanagerAlert>;
  readonly prometheus: readonly Readonly<Record<string, string>>[];
}

export interface Reconciler {
  /** One comparison; its memory is how long each episode's alert has been gone. */
  reconcile(): Promise<void>;
  /** Channels or routes changed, as they may have before the start: the next comparison tells new ones what fires. */
  expectNewChannels(): void;
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { db, pipeline, absentForMs, intervalMs, metrics, log, now } = options;
  /** By episode. A restart of the relay, or another relay's turn, begins the wait again. */
  const absentSinceMs = new Map<number, number>();
  let comparedMs = now();
  let mayHaveNewChannels = true;

  async function reconcile(): Promise<void> {
    if (now() - comparedMs > 3 * intervalMs) absentSinceMs.clear();
    comparedMs = now();
    const episodes = await openEpisodes(db); // before the alerts are read: what opens meanwhile is not missing
    const active = await tryActiveAlerts(options);
    metrics.reconciliations.inc({ outcome: active === undefined ? 'unhealthy' : 'ok' });
    if (active === undefined) return absentSinceMs.clear();
    const absent = episodes.filter((episode) => !isActive(episode, active));
    for (const id of absentSinceMs.keys()) if (!absent.some((each) => each.id === id)) absentSinceMs.delete(id);
    for (const episode of absent) await countAbsence(episode);
    for (const episode of await refiredEpisodes(db)) await judgeRefired(episode, active);
    if (mayHaveNewChannels) await notifyNewChannels(episodes, active);
  }

  /** As Alertmanager itself does after a reload, and like it nothing of what is muted. */
  async function notifyNewChannels(episodes: readonly Episode[], { alertmanager }: ActiveAlerts): Promise<void> {
    mayHaveNewChannels = false;
    const firing = episodes.filter(({ fingerprint }) => alertmanager.get(fingerprint)?.status.state === 'active');
    if (firing.length === 0) return;
    try {
      await pipeline.notifyNewChannels(firing.map(({ id }) => id));
    } catch (error) {
      mayHaveNewChannels = true;
      throw error;
    }
  }

  async function countAbsence(episode: Episode): Promise<void> {
    const nowMs = now();
    const sinceMs = absentSinceMs.get(episode.id) ?? nowMs;
    absentSinceMs.set(episode.id, sinceMs);
    if (nowMs - sinceMs < absentForMs) return;
    await pipeline.record(async (transaction) => {
      const end = { id: episode.id, endsAtMs: sinceMs, nowMs, resolution: 'not_announced' as const };
      const closed = await tryCloseEpisode(transaction, end);
      return { events: closed === undefined ? [] : [{ episode: closed, status: 'resolved' }], changedAtMs: nowMs };
    });
    absentSinceMs.delete(episode.id);
    log.warn('an alert is gone and nobody announced its end; its episode is closed', nameOf(episode));
  }

  /** A firing came right after the end. If Alertmanager has the alert, it fires again; if not, it was a late copy. */
  async function judgeRefired(ended: Episode, { alertmanager }: ActiveAlerts): Promise<void> {
    const alert = alertmanager.get(ended.fingerprint);
    if (alert?.status.state === 'suppressed') return;
    await pipeline.record(async (transaction) => {
      await clearRefired(transaction, ended.id);
      const latest = await tryLatestEpisode(transaction, ended.fingerprint);
      if (alert === undefined || latest?.id !== ended.id) return { events: [], changedAtMs: 0 };
      const nowMs = now();
      const episode = await openEpisode(transaction, {
        fingerprint: alert.fingerprint,
        labels: alert.labels,
        annotations: alert.annotations,
        receiver: ended.receiver,
        generatorUrl: alert.generatorURL,
        externalUrl: ended.external_url ?? undefined,
        startsAtMs: alert.startsAt,
        nowMs,
      });
      log.warn('an alert fires again although its end was announced; a new episode is open', nameOf(episode));
      return { events: [{ episode, status: 'firing' }], changedAtMs: nowMs };
    });
  }

  return {
    reconcile,
    expectNewChannels() {
      mayHaveNewChannels = true;
    },
  };
}

/** Undefined, and the reason logged, when one of the two gave no answer: nothing may be concluded then. */
async function tryActiveAlerts({
  alertmanager,
  prometheus,
  log,
}: ReconcilerOptions): Promise<ActiveAlerts | undefined> {
  try {
    const [known, evaluated] = await Promise.all([
      alertmanager === undefined ? [] : readAlertmanagerAlerts(alertmanager),
      prometheus === undefined ? [] : readPrometheusAlerts(prometheus),
    ]);
    return { alertmanager: new Map(known.map((alert) => [alert.fingerprint, alert])), prometheus: evaluated };
  } catch (error) {
    log.warn('open episodes could not be compared with Alertmanager and Prometheus', { error });
    return undefined;
  }
}

function isActive({ fingerprint, labels }: Episode, { alertmanager, prometheus }: ActiveAlerts): boolean {
  if (alertmanager.has(fingerprint)) return true;
  return prometheus.some((evaluated) => Object.entries(evaluated).every(([name, value]) => labels[name] === value));
}

function nameOf({ id, alertname, host }: Episode): Readonly<Record<string, unknown>> {
  return { episode: id, alertname, ...(host === null ? {} : { host }) };
}
