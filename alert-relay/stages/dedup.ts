/** Second stage: which channels know already. Recorded by delivery: what could not be delivered was not told. */

import type { Database } from '../../common/store/schema.ts';
import { toldChannels } from '../store/notifications.ts';
import type { EpisodeEvent, StoredEvents } from './store.ts';

/** An event, and the channels that need not hear of it. */
export interface FreshEvent extends EpisodeEvent {
  readonly told: ReadonlySet<string>;
}

export interface DedupOptions {
  readonly nowMs: number;
  readonly windowMs: number;
}

/**
 * A channel is told a status of an episode once within the window. Later copies pass as reminders, but only from a
 * webhook without news: Alertmanager sends the whole group again whenever one alert joins or leaves it.
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
    const told = await toldChannels(db, key, isReminder && changedAtMs >= sinceMs ? 0 : sinceMs);
    fresh.push({ ...event, told });
  }
  return fresh;
}
