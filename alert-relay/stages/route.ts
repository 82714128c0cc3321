/** Third stage: which channels hear of an event. */
import type { Log } from '../../common/program/log.ts';
import type { FreshEvent } from './dedup.ts';
import type { EpisodeEvent } from './store.ts';

/** An event for one channel. */
export interface RoutedEvent extends EpisodeEvent {
  readonly channel: string;
}

/** The event once for each channel that the rule's annotation names (all where it names none of ours), less who knows. */
export function routeEvents(
  events: readonly FreshEvent[],
  { channels, log }: { readonly channels: readonly string[]; readonly log: Log },
): readonly RoutedEvent[] {
  return events.flatMap(({ episode, status, told }) =>
    chooseChannels(episode.annotations['channels'], { channels, alertname: episode.alertname, log })
      .filter((channel) => !told.has(channel))
      .map((channel) => ({ episode, status, channel })),
  );
}

interface Choice {
  readonly channels: readonly string[];
  readonly alertname: string;
  readonly log: Log;
}

/** Names are separated by commas or blanks; `default` is every channel. A misspelt name must not swallow an alert. */
function chooseChannels(annotation: string | undefined, { channels, alertname, log }: Choice): readonly string[] {
  const named = (annotation ?? 'default').split(/[\s,]+/).filter((name) => name !== '');
  if (named.includes('default')) return channels;
  const chosen = channels.filter((channel) => named.includes(channel));
  if (chosen.length > 0 || channels.length === 0) return chosen;
  log.warn('an alert names no configured channel; every channel is told', { alertname, named: named.join(' ') });
  return channels;
}
