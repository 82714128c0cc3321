/** Second and third stage: decides which channels are notified of an event. */
import type { Log } from '../../common/program/log.ts';
import type { Database } from '../../common/store/schema.ts';
import { type RoutingOptions, routeAlert } from '../routing/routes.ts';
import { firingChannels, notifiedChannels } from '../store/notifications.ts';
import type { EpisodeEvent, StoredEvents } from './store.ts';

export interface FreshEvent extends EpisodeEvent {
  /** Channels that need no notification of this event. */
  readonly notified: ReadonlySet<string>;
}

export interface DedupOptions {
  readonly nowMs: number;
  readonly windowMs: number;
}

/**
 * Adds to each event the channels that already have it. A channel gets a status of an episode once within the window.
 * Later copies pass as reminders, but only in a webhook without news: Alertmanager sends the whole group again whenever
 * an alert joins or leaves it. Only pending and delivered notifications count, so an undelivered one is repeated.
 */
export async function dedupEvents(
  db: Database,
  { events, changedAtMs }: StoredEvents,
  { nowMs, windowMs }: DedupOptions,
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

/** An event for one channel. */
export interface RoutedEvent extends EpisodeEvent {
  readonly channel: string;
}

export interface RouteOptions extends RoutingOptions {
  readonly log: Log;
}

/** Returns each event once for every channel that must be notified of it. */
export async function routeEvents(
  db: Database,
  events: readonly FreshEvent[],
  options: RouteOptions,
): Promise<readonly RoutedEvent[]> {
  const routed: RoutedEvent[] = [];
  for (const { episode, status, notified } of events) {
    const channels = await chooseChannels(db, { episode, status }, options);
    routed.push(...channels.filter((each) => !notified.has(each)).map((channel) => ({ episode, status, channel })));
  }
  return routed;
}

/**
 * The resolution of an episode goes to exactly the channels that its firing was queued for, even if the routes or the rule
 * changed since. An episode that was opened by its own resolution (see `storeAlerts`) had no firing and is routed instead.
 */
async function chooseChannels(
  db: Database,
  { episode, status }: EpisodeEvent,
  { log, ...routing }: RouteOptions,
): Promise<readonly string[]> {
  if (status === 'resolved') {
    const firing = await firingChannels(db, episode.id);
    if (firing.length > 0 || episode.opened_at !== episode.closed_at)
      return routing.channels.filter((channel) => firing.includes(channel));
  }
  const { channels, unknown } = routeAlert(episode, routing);
  if (unknown.length > 0) {
    const { alertname } = episode;
    log.warn('an alert names channels that are not configured', { alertname, unknown: unknown.join(' ') });
  }
  return channels;
}
