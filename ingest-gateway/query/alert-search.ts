/** Searches the alert history: newest first, in pages, each episode with its notifications. */
import { type AcknowledgementChange, acknowledgementChanges } from '../../common/store/acknowledgements.ts';
import { type Episode, toEpisode } from '../../common/store/relay-records.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';

/** Absent filters match everything. Times in epoch milliseconds. */
export interface EpisodeSearch {
  readonly id?: readonly number[] | undefined;
  readonly state?: 'firing' | 'resolved' | undefined;
  readonly severity?: readonly string[] | undefined;
  readonly host?: readonly string[] | undefined;
  readonly alertname?: readonly string[] | undefined;
  /** Episodes that were open at some time in [start, end]. */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  /** Only episodes with a smaller id: the last id of the previous page. */
  readonly beforeId?: number | undefined;
  readonly limit: number;
}

export interface FoundEpisode extends Episode {
  /** Oldest first. */
  readonly notifications: readonly NotificationRow[];
  /** Oldest first. */
  readonly acknowledgements: readonly AcknowledgementChange[];
}

/** Pages are stable while episodes are added, because ids only grow. */
export async function searchEpisodes(db: Database, search: EpisodeSearch): Promise<readonly FoundEpisode[]> {
  const { id, state, severity, host, alertname, startMs, endMs, beforeId, limit } = search;
  let query = db.selectFrom('alert_history').selectAll().orderBy('id', 'desc').limit(limit);
  if (id !== undefined) query = query.where('id', 'in', id);
  if (state !== undefined) query = query.where('closed_at', state === 'firing' ? 'is' : 'is not', null);
  if (severity !== undefined) query = query.where('severity', 'in', severity);
  if (host !== undefined) query = query.where('host', 'in', host);
  if (alertname !== undefined) query = query.where('alertname', 'in', alertname);
  if (endMs !== undefined) query = query.where('starts_at', '<=', endMs);
  if (startMs !== undefined)
    query = query.where((where) => where.or([where('ends_at', 'is', null), where('ends_at', '>=', startMs)]));
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  const episodes = (await query.execute()).map(toEpisode);
  if (episodes.length === 0) return [];
  const ids = episodes.map(({ id }) => id);
  const rows = await db.selectFrom('notifications').selectAll().where('episode_id', 'in', ids).orderBy('id').execute();
  const byEpisode = Map.groupBy(rows, ({ episode_id }) => episode_id);
  const changes = await acknowledgementChanges(db, ids);
  return episodes.map((episode) => ({
    ...episode,
    notifications: byEpisode.get(episode.id) ?? [],
    acknowledgements: changes.get(episode.id) ?? [],
  }));
}
