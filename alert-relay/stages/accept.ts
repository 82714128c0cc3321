/**
 * First stages: from a webhook's alerts to the notifications that they cause. An alert is accepted once the transaction of these stages is committed.
 *
 * Store: alerts open, update and close episodes. Dedup: channels that have the notification are left out. Route: an event goes
 * to the channels that the alert's rule names, else to those of the first matching route, else to all channels.
 */
import { z } from 'zod';
import type { Log } from '../../common/program/log.ts';
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
import type { Route } from '../settings/routes-type.ts';
import { firingChannels, notifiedChannels } from '../store/outbox.ts';

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
  /** The last time when an episode of any alert in the webhook opened or closed, repeated alerts included. */
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
 * Opens or updates the episode of a firing alert. A firing joins the open episode even if its startsAt differs: restarts of
 * Prometheus and Alertmanager change startsAt. A firing that started before the end of a just-closed episode is most likely a late
 * copy from a second Alertmanager. It is marked, and the reconciler asks Alertmanager whether the alert still fires.
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

export interface FreshEvent extends EpisodeEvent {
  /** Channels that need no notification of this event. */
  readonly notified: ReadonlySet<string>;
}

/**
 * Adds to each event the channels that already have it. A channel gets a status of an episode once within the window. After
 * the window, a repeated alert passes as a reminder if no alert of its webhook is new or resolved: Alertmanager repeats the
 * whole group whenever an alert joins or leaves the group. Only pending and delivered notifications count as copies, so a
 * notification that was not delivered is repeated.
 */
export async function dedupEvents(
  db: Database,
  { events, changedAtMs }: StoredEvents,
  { nowMs, windowMs }: { readonly nowMs: number; readonly windowMs: number },
): Promise<readonly FreshEvent[]> {
  const sinceMs = nowMs - windowMs;
  const fresh: FreshEvent[] = [];
  for (const event of events) {
    const key = { episodeId: event.episode.id, status: event.status };
    const isReminder = event.status === 'firing' && event.episode.opened_at < sinceMs;
    const hasNews = changedAtMs >= sinceMs;
    fresh.push({ ...event, notified: await notifiedChannels(db, key, isReminder && hasNews ? 0 : sinceMs) });
  }
  return fresh;
}

interface RouteOptions extends RoutingOptions {
  readonly log: Log;
}

/**
 * Returns each event once for every channel that must be notified of it. The resolution of an episode goes to exactly the
 * channels that its firing was queued for, even if the routes or the rule changed since. An episode that was opened by its
 * own resolution (see `storeAlerts`) never fired in the history: its channels get the firing and the resolution.
 */
export async function routeEvents(
  db: Database,
  events: readonly FreshEvent[],
  options: RouteOptions,
): Promise<readonly (EpisodeEvent & { readonly channel: string })[]> {
  const routed: (EpisodeEvent & { readonly channel: string })[] = [];
  for (const { episode, status, notified } of events) {
    const firing = status === 'resolved' ? await firingChannels(db, episode.id) : [];
    const isLate = status === 'resolved' && firing.length === 0 && episode.opened_at === episode.closed_at;
    const channels =
      status === 'resolved' && !isLate
        ? options.channels.filter((channel) => firing.includes(channel))
        : chooseChannels(episode, options);
    for (const channel of channels.filter((each) => !notified.has(each))) {
      if (isLate) routed.push({ episode, status: 'firing', channel });
      routed.push({ episode, status, channel });
    }
  }
  return routed;
}

function chooseChannels(episode: Episode, { log, ...routing }: RouteOptions): readonly string[] {
  const { channels, unknown } = routeAlert(episode, routing);
  if (unknown.length > 0) {
    const { alertname } = episode;
    log.warn('an alert names channels that are not configured', { alertname, unknown: unknown.join(' ') });
  }
  return channels;
}

export interface Routed {
  /** Names of the channels, in the order of the configuration. */
  readonly channels: readonly string[];
  /** Explanations for people. */
  readonly reasons: readonly string[];
  /** Names in the rule's annotation that are not configured. */
  readonly unknown: readonly string[];
}

type RoutedAlert = Pick<Episode, 'labels' | 'annotations'>;

export interface RoutingOptions {
  /** All configured channels. */
  readonly channels: readonly string[];
  readonly routes: readonly Route[];
}

/** Name in the annotation that means the channels of the routes. */
const routesDecide = 'default';

/** Names in the annotation are separated by commas or spaces. If none of them is configured, the routes decide. */
export function routeAlert({ labels, annotations }: RoutedAlert, { channels, routes }: RoutingOptions): Routed {
  const named = (annotations['channels'] ?? routesDecide).split(/[\s,]+/).filter((name) => name !== '');
  const unknown = named.filter((name) => name !== routesDecide && !channels.includes(name));
  const chosen = channels.filter((channel) => named.includes(channel));
  if (chosen.length > 0 && !named.includes(routesDecide))
    return { channels: chosen, reasons: [`the rule's annotation channels: ${named.join(', ')}`], unknown };
  const byRoutes = followRoutes(labels, { channels, routes });
  const all = channels.filter((channel) => chosen.includes(channel) || byRoutes.channels.includes(channel));
  const explained = chosen.length > 0 ? [`the rule's annotation channels: ${named.join(', ')}`] : [];
  return { channels: all, reasons: [...explained, ...byRoutes.reasons], unknown };
}

function followRoutes(
  labels: Readonly<Record<string, string>>,
  { channels, routes }: RoutingOptions,
): Pick<Routed, 'channels' | 'reasons'> {
  const found: string[] = [];
  const reasons: string[] = [];
  for (const [at, route] of routes.entries()) {
    if (!isMatch(route, labels)) continue;
    found.push(...route.channels);
    reasons.push(`routes[${at}]: ${describeRoute(route)}`);
    if (!route.continue) return { channels: found, reasons };
  }
  if (reasons.length > 0) return { channels: found, reasons };
  const why = routes.length === 0 ? 'no routes are configured' : 'no route matches';
  return { channels, reasons: [`${why}: every channel`] };
}

function isMatch({ severity, matchers }: Route, labels: Readonly<Record<string, string>>): boolean {
  if (severity !== undefined && !severity.includes(labels['severity'] ?? '')) return false;
  return matchers.every((matcher) => matcher.matches(labels));
}

function describeRoute({ severity, matchers }: Route): string {
  const conditions = [
    ...(severity === undefined ? [] : [`severity ${severity.join(' or ')}`]),
    ...matchers.map(({ text }) => text),
  ];
  return conditions.length === 0 ? 'everything' : conditions.join(', ');
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
  /** Alertmanager sends a time in the year 1 while the alert is firing. */
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
