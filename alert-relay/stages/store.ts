/** First stage: stores alerts as episodes. An alert is accepted once the transaction of this stage is committed. */

import { z } from 'zod';
import {
  type Episode,
  type Firing,
  isWatchdog,
  joinEpisode,
  latestEpisodes,
  markRefired,
  openEpisode,
  rememberTime,
  tryCloseEpisode,
} from '../../common/store/relay-records.ts';
import type { Database, NotificationStatus } from '../../common/store/schema.ts';

/** Records the time of the webhook and of a firing Watchdog, and returns the other alerts. */
export async function takeWatchdogs(
  db: Database,
  alerts: readonly WebhookAlert[],
  nowMs: number,
): Promise<WebhookAlert[]> {
  await rememberTime(db, { name: 'last_webhook', timeMs: nowMs });
  if (alerts.some((alert) => isWatchdog(alert) && alert.status === 'firing'))
    await rememberTime(db, { name: 'last_watchdog', timeMs: nowMs });
  return alerts.filter((alert) => !isWatchdog(alert));
}

/** An episode and the status that a webhook reported. */
export interface EpisodeEvent {
  readonly episode: Episode;
  readonly status: NotificationStatus;
}

export interface StoreOptions {
  readonly nowMs: number;
  /** How long after an announced resolution an older firing counts as a late copy. 0: never. */
  readonly lateCopyMs: number;
}

export interface StoredEvents {
  /** Repeated resolutions and late copies of a firing yield no event. */
  readonly events: readonly EpisodeEvent[];
  /** When an episode of any of the alerts last opened or closed; repeated alerts included. */
  readonly changedAtMs: number;
}

/** Opens, updates and closes episodes according to the payload. */
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
 * A firing joins the open episode even if its startsAt differs: restarts of Prometheus and Alertmanager change startsAt.
 * A firing that started before the end of a just-closed episode is most likely a late copy from a second Alertmanager. It
 * is marked, and the reconciler asks Alertmanager whether the alert still fires.
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
 * Closes the open episode. An end before the episode's start is ignored: it is a second Alertmanager's report of the
 * previous episode. If no episode is known (the alert began and ended between two webhooks of its group, `max_alerts` cut
 * off the firing, or the relay was down), an episode is opened and closed, so that it is in the history and the channels
 * are notified.
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

/** RFC 3339 with nanoseconds, converted to epoch milliseconds. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const texts = z.record(z.string(), z.string());
/** Alertmanager sends an empty string for a missing URL. */
const link = z.string().transform((text) => (text === '' ? undefined : text));

const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts,
  startsAt: time,
  /** In the year 1 while the alert is firing. */
  endsAt: time,
  generatorURL: link,
  fingerprint: z.string().min(1),
});

export const webhookPayload = z.object({
  version: z.literal('4'),
  groupKey: z.string(),
  /** Number of alerts that `max_alerts` cut off. */
  truncatedAlerts: z.int().nonnegative().default(0),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  groupLabels: texts,
  commonLabels: texts,
  commonAnnotations: texts,
  externalURL: link,
  alerts: z.array(alert),
});

export type WebhookPayload = z.output<typeof webhookPayload>;
export type WebhookAlert = z.output<typeof alert>;
