/**
 * Second and third stage: decides which channels are notified of an event: those that the alert's rule names, else those of
 * the first matching route, else all channels.
 */
import type { Log } from '../../common/program/log.ts';
import type { Episode } from '../../common/store/relay-records.ts';
import type { Database } from '../../common/store/schema.ts';
import type { Route } from '../settings/routes-type.ts';
import { firingChannels, notifiedChannels } from '../store/notifications.ts';
import type { EpisodeEvent, StoredEvents } from './store.ts';

export interface FreshEvent extends EpisodeEvent {
  /** Channels that need no notification of this event. */
  readonly notified: ReadonlySet<string>;
}

/**
 * Adds to each event the channels that already have it. A channel gets a status of an episode once within the window.
 * Later copies pass as reminders, but only in a webhook without news: Alertmanager sends the whole group again whenever
 * an alert joins or leaves it. Only pending and delivered notifications count, so an undelivered one is repeated.
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
 * own resolution (see `storeAlerts`) had no firing: its channels get the firing and the resolution.
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
  /** In the order of the configuration. */
  readonly channels: readonly string[];
  /** Explanations for people. */
  readonly reasons: readonly string[];
  /** Names in the rule's annotation that are not configured. */
  readonly unknown: readonly string[];
}

export interface RoutedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

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
