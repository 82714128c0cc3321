/** Fourth stage: renders a notification as a message at the time it is sent. */
import { type Episode, setValueAtResolve, tryEpisode } from '../../common/store/alert-history.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import { wasDeliveredBefore } from '../store/notifications.ts';
import { linksOf } from '../text/links.ts';
import type { Message } from '../text/message.ts';

export interface RenderOptions {
  readonly db: Database;
  readonly publicUrl: string | undefined;
  readonly timeZone: string;
  readonly now: () => number;
  /** Returns the value of the rule's expression at the end of the episode, or undefined if unknown. Does not throw. */
  readonly tryValueAtResolve: (episode: Episode) => Promise<number | undefined>;
}

/** Throws the errors of the database. */
export async function renderMessage(row: NotificationRow, options: RenderOptions): Promise<Message> {
  const episode = await tryEpisode(options.db, row.episode_id);
  if (episode === undefined) throw new Error(`notification ${row.id} has no episode ${row.episode_id}`);
  const { id, status } = row;
  return messageOf(episode, { id, status, isReminder: await wasDeliveredBefore(options.db, row) }, options);
}

/** Returns the message about this status of the episode. */
export async function messageOf(
  episode: Episode,
  { id, status, isReminder }: Pick<Message, 'id' | 'status' | 'isReminder'>,
  options: RenderOptions,
): Promise<Message> {
  const { annotations, labels } = episode;
  const isResolved = status === 'resolved';
  return {
    id,
    status,
    isReminder,
    isAnnounced: episode.resolution !== 'not_announced',
    episodeId: episode.id,
    fingerprint: episode.fingerprint,
    alertname: episode.alertname,
    severity: episode.severity ?? undefined,
    host: episode.host ?? undefined,
    metric: labels['metric'] ?? annotations['metric'],
    unit: annotations['unit'],
    value: isResolved ? await valueAtResolve(episode, options) : tryNumber(annotations['value']),
    threshold: tryNumber(annotations['threshold']),
    summary: annotations['summary'],
    description: annotations['description'],
    startsAtMs: episode.starts_at,
    endsAtMs: isResolved ? (episode.ends_at ?? undefined) : undefined,
    renderedAtMs: options.now(),
    timeZone: options.timeZone,
    labels,
    annotations,
    links: linksOf(episode, options.publicUrl),
  };
}

/** Stores the first answer, so that every channel and every attempt shows the same value. */
async function valueAtResolve(episode: Episode, { db, tryValueAtResolve }: RenderOptions): Promise<number | undefined> {
  if (episode.value_at_resolve !== null) return episode.value_at_resolve;
  const value = await tryValueAtResolve(episode);
  return value === undefined ? undefined : setValueAtResolve(db, episode.id, value);
}

function tryNumber(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
