/** First stage: alerts become episodes. What the database does not hold when this ends was never accepted. */
import {
  type Episode,
  type Firing,
  joinEpisode,
  latestEpisodes,
  markRefired,
  openEpisode,
  tryCloseEpisode,
} from '../../common/store/alert-history.ts';
import type { Database, NotificationStatus } from '../../common/store/schema.ts';
import type { WebhookAlert, WebhookPayload } from '../webhook-payload.ts';

/** An episode, and the status that a webhook told of it. */
export interface EpisodeEvent {
  readonly episode: Episode;
  readonly status: NotificationStatus;
}

export interface StoreOptions {
  readonly nowMs: number;
  /** How long after an announced end a firing from before it is held for a late copy; 0: never. */
  readonly lateCopyMs: number;
}

export interface StoredEvents {
  /** Alerts that add nothing (copies of an end, late copies of a firing) give none. */
  readonly events: readonly EpisodeEvent[];
  /** When an episode of any of the alerts, copies included, last opened or closed. */
  readonly changedAtMs: number;
}

/** Opens, joins and closes episodes as the payload tells. */
export async function storeAlerts(db: Database, payload: WebhookPayload, options: StoreOptions): Promise<StoredEvents> {
  const events: EpisodeEvent[] = [];
  let changedAtMs = 0;
  const known = await latestEpisodes(
    db,
    payload.alerts.map(({ fingerprint }) => fingerprint),
  );
  for (const alert of payload.alerts) {
    const latest = known.get(alert.fingerprint);
    const firing = toFiring(alert, payload, options.nowMs);
    const event =
      alert.status === 'firing'
        ? await storeFiring(db, firing, latest, options)
        : await storeResolved(db, firing, latest, alert.endsAt);
    if (event !== undefined) {
      events.push(event);
      known.set(alert.fingerprint, event.episode);
    }
    const episode = event?.episode ?? latest;
    changedAtMs = Math.max(changedAtMs, episode?.opened_at ?? 0, episode?.closed_at ?? 0);
  }
  return { events, changedAtMs };
}

/**
 * A firing joins the open episode whatever its startsAt: restarts of Prometheus and Alertmanager change that, and nobody
 * tells. One that started before an episode's end, and comes just after it, is most likely the late copy of a second
 * Alertmanager; the reconciler asks Alertmanager whether it is more than that.
 */
async function storeFiring(
  db: Database,
  firing: Firing,
  latest: Episode | undefined,
  { nowMs, lateCopyMs }: StoreOptions,
): Promise<EpisodeEvent | undefined> {
  if (latest !== undefined && latest.closed_at === null)
    return { episode: await joinEpisode(db, latest.id, firing), status: 'firing' };
  if (latest !== undefined && isLateCopy(firing, latest, nowMs - lateCopyMs)) {
    await markRefired(db, latest.id, nowMs);
    return undefined;
  }
  return { episode: await openEpisode(db, firing), status: 'firing' };
}

function isLateCopy({ startsAtMs }: Firing, { resolution, ends_at, closed_at }: Episode, sinceMs: number): boolean {
  return resolution === 'announced' && startsAtMs < (ends_at ?? 0) && (closed_at ?? 0) > sinceMs;
}

/**
 * Ends the open episode, unless the end lies before its start: then a second Alertmanager tells of the episode before.
 * Where no episode is known (`max_alerts` cut the firing off, or the relay was away all along) one is opened and ended,
 * so that the history has it and the channels hear of it.
 */
async function storeResolved(
  db: Database,
  firing: Firing,
  latest: Episode | undefined,
  endsAtMs: number,
): Promise<EpisodeEvent | undefined> {
  if (latest !== undefined && endsAtMs < latest.starts_at) return undefined;
  const isKnown = latest !== undefined && (latest.closed_at === null || firing.startsAtMs <= (latest.ends_at ?? 0));
  const { id } = isKnown ? latest : await openEpisode(db, firing);
  const episode = await tryCloseEpisode(db, { id, endsAtMs, nowMs: firing.nowMs, resolution: 'announced' });
  return episode === undefined ? undefined : { episode, status: 'resolved' };
}

function toFiring(
  { fingerprint, labels, annotations, startsAt, generatorURL }: WebhookAlert,
  { receiver, externalURL }: WebhookPayload,
  nowMs: number,
): Firing {
  return {
    fingerprint,
    labels,
    annotations,
    receiver,
    generatorUrl: generatorURL,
    externalUrl: externalURL,
    startsAtMs: startsAt,
    nowMs,
  };
}
