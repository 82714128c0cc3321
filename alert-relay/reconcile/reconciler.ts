/**
 * Corrects the history where webhooks got lost: closes episodes whose alert is gone, and reopens alerts that still fire
 * although their end was announced.
 */
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
} from '../../common/store/relay-records.ts';
import type { Database } from '../../common/store/schema.ts';
import type { StoredEvents } from '../stages/accept.ts';
import type { RelayMetrics } from '../stages/metrics.ts';
import {
  type AlertIndex,
  type AlertmanagerAlert,
  indexAlerts,
  readAlertmanagerAlerts,
  readPrometheusAlerts,
} from './active-alerts.ts';

export interface ReconcilerOptions {
  readonly db: Database;
  readonly pipeline: {
    record(change: (transaction: Database) => Promise<StoredEvents>): Promise<void>;
    notifyNewChannels(episodeIds: readonly number[]): Promise<void>;
  };
  /** Undefined: not configured, and not asked. */
  readonly alertmanager: PrometheusConnection | undefined;
  readonly prometheus: PrometheusConnection | undefined;
  readonly absentForMs: number;
  /** Time between two comparisons. After a gap of several intervals the absence is counted from the start. */
  readonly intervalMs: number;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly now: () => number;
}

interface ActiveAlerts {
  /** By fingerprint. */
  readonly alertmanager: ReadonlyMap<string, AlertmanagerAlert>;
  readonly prometheus: AlertIndex;
}

export interface Reconciler {
  /** Makes one comparison. The reconciler remembers since when each episode's alert has been absent. */
  reconcile(): Promise<void>;
  /** Reports that channels or routes may have changed: the next comparison notifies new channels of firing alerts. */
  expectNewChannels(): void;
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { db, pipeline, absentForMs, intervalMs, metrics, log, now } = options;
  /** By episode. After a restart, or when another relay takes over, the absence is counted from the start. */
  const absentSinceMs = new Map<number, number>();
  /**
   * Fingerprints of the alerts that were silenced or inhibited when Alertmanager last had them. Alertmanager announces no
   * resolution of such an alert, so the reconciler does not wait for a resolution.
   */
  let muted: ReadonlySet<string> = new Set();
  let comparedMs = now();
  let mayHaveNewChannels = true;

  async function reconcile(): Promise<void> {
    if (now() - comparedMs > 3 * intervalMs) absentSinceMs.clear();
    comparedMs = now();
    const episodes = await openEpisodes(db); // read before the alerts: an episode that opens meanwhile is not absent
    const active = await tryActiveAlerts(options);
    metrics.reconciliations.inc({ outcome: active === undefined ? 'unhealthy' : 'ok' });
    if (active === undefined) return absentSinceMs.clear();
    muted = new Set([
      ...[...active.alertmanager.values()].flatMap((alert) =>
        alert.status.state === 'suppressed' ? alert.fingerprint : [],
      ),
      ...episodes.flatMap(({ fingerprint }) =>
        muted.has(fingerprint) && !active.alertmanager.has(fingerprint) ? fingerprint : [],
      ),
    ]);
    const absent = episodes.filter((episode) => !isActive(episode, active));
    const absentIds = new Set(absent.map(({ id }) => id));
    for (const id of absentSinceMs.keys()) if (!absentIds.has(id)) absentSinceMs.delete(id);
    for (const episode of absent) await countAbsence(episode);
    for (const episode of await refiredEpisodes(db)) await resolveRefired(episode, active);
    if (mayHaveNewChannels) await notifyNewChannels(episodes, active);
  }

  /** Notifies new channels of firing alerts, as Alertmanager does after a reload. Leaves out silenced and inhibited alerts. */
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
    const limitMs = muted.has(episode.fingerprint) ? Math.min(intervalMs / 2, absentForMs) : absentForMs;
    if (nowMs - sinceMs < limitMs) return;
    await pipeline.record(async (transaction) => {
      const end = { id: episode.id, endsAtMs: sinceMs, nowMs, resolution: 'not_announced' as const };
      const closed = await tryCloseEpisode(transaction, end);
      return { events: closed === undefined ? [] : [{ episode: closed, status: 'resolved' }], changedAtMs: nowMs };
    });
    absentSinceMs.delete(episode.id);
    log.warn('an alert is gone without an announced resolution; its episode is closed', nameOf(episode));
  }

  /** Decides about a firing that came just after the end: a new episode if Alertmanager has the alert, otherwise a late copy. */
  async function resolveRefired(ended: Episode, { alertmanager }: ActiveAlerts): Promise<void> {
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
      log.warn('an alert fires although its resolution was announced; a new episode is open', nameOf(episode));
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

/** Returns undefined and logs the reason when one of the two does not answer: no conclusion is possible then. */
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
    return {
      alertmanager: new Map(known.map((alert) => [alert.fingerprint, alert])),
      prometheus: indexAlerts(evaluated),
    };
  } catch (error) {
    log.warn('open episodes were not compared with Alertmanager and Prometheus', { error });
    return undefined;
  }
}

function isActive({ fingerprint, labels }: Episode, { alertmanager, prometheus }: ActiveAlerts): boolean {
  return alertmanager.has(fingerprint) || prometheus.matches(labels);
}

function nameOf({ id, alertname, host }: Episode): Readonly<Record<string, unknown>> {
  return { episode: id, alertname, ...(host === null ? {} : { host }) };
}
