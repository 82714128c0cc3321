/** Third stage: which channels hear of an event. */
import type { Log } from '../../common/program/log.ts';
import type { Database } from '../../common/store/schema.ts';
import { type RoutingOptions, routeAlert } from '../routing/routes.ts';
import { firingChannels } from '../store/notifications.ts';
import type { FreshEvent } from './dedup.ts';
import type { EpisodeEvent } from './store.ts';

/** An event for one channel. */
export interface RoutedEvent extends EpisodeEvent {
  readonly channel: string;
}

export interface RouteOptions extends RoutingOptions {
  readonly log: Log;
}

/** The event once for each channel that should hear of it, less those who know. */
export async function routeEvents(
  db: Database,
  events: readonly FreshEvent[],
  options: RouteOptions,
): Promise<readonly RoutedEvent[]> {
  const routed: RoutedEvent[] = [];
  for (const { episode, status, told } of events) {
    const channels = await chooseChannels(db, { episode, status }, options);
    routed.push(...channels.filter((each) => !told.has(each)).map((channel) => ({ episode, status, channel })));
  }
  return routed;
}

/**
 * Whoever was to hear of the firing hears of its end, whatever routes and rule say by then, and nobody else does. Only an
 * episode that its end made known (`storeAlerts`) has no beginning that anybody could have heard of.
 */
async function chooseChannels(
  db: Database,
  { episode, status }: EpisodeEvent,
  { log, ...routing }: RouteOptions,
): Promise<readonly string[]> {
  if (status === 'resolved') {
    const heard = await firingChannels(db, episode.id);
    const hadBeginning = heard.length > 0 || episode.opened_at !== episode.closed_at;
    if (hadBeginning) return routing.channels.filter((channel) => heard.includes(channel));
  }
  const { channels, unknown } = routeAlert(episode, routing);
  if (unknown.length > 0) {
    const { alertname } = episode;
    log.warn('an alert names channels that are not configured', { alertname, unknown: unknown.join(' ') });
  }
  return channels;
}
