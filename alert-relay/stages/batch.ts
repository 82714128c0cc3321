/** What a worker sends next: one notification, or many that say the same of other hosts as one message. */
import { type Episode, tryEpisode } from '../../common/store/alert-history.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import type { Channel } from '../channel/channel.ts';
import { dueAlike } from '../store/notifications.ts';
import { countEpisodesOfReceipt, latestReceipts, tryOpenGroupReceipt } from '../store/receipts.ts';

/** Notifications that are settled together. */
export interface Batch {
  /** The notification that is due first. */
  readonly row: NotificationRow;
  /** All of them, `row` included. */
  readonly rows: readonly NotificationRow[];
  /** `group`: as one message. `member`: the same, into a message that speaks for others already. */
  readonly kind: 'single' | 'group' | 'member';
  readonly previous: string | undefined;
  /** Those of the rows whose episodes the channel has heard of. */
  readonly known: ReadonlySet<number>;
}

export interface BatchOptions {
  readonly db: Database;
  readonly channel: Channel;
  readonly nowMs: number;
}

/** Up to this many alerts of one name and severity are told one by one. */
const singlesAtMost = 5;
/** What one message settles at most: SQLite binds 32,766 values a statement. */
const batchLimit = 5_000;

/** An episode has at most one row in it, its oldest: what is told of an episode stays in order. */
export async function chooseBatch(row: NotificationRow, { db, channel, nowMs }: BatchOptions): Promise<Batch> {
  const { name, groups } = channel;
  const alike = groups === undefined ? [row] : await dueAlike(db, { row, nowMs, limit: batchLimit });
  const receipts = await latestReceipts(db, {
    channel: name,
    episodeIds: [row.episode_id, ...alike.map(({ episode_id }) => episode_id)],
  });
  const previous = receipts.get(row.episode_id);
  const batchOf = (rows: readonly NotificationRow[], kind: Batch['kind'], place = previous): Batch => {
    const known = rows.filter(({ episode_id }) => receipts.has(episode_id)).map(({ id }) => id);
    return { row, rows, kind, previous: place, known: new Set(known) };
  };
  if (groups?.canUpdate !== true)
    return alike.length > singlesAtMost ? batchOf(alike, 'group') : batchOf([row], 'single');
  const owner = await tryOwner(row, previous, { db, channel });
  if (owner !== undefined) {
    const joins = row.status === 'firing' ? owner : undefined;
    return batchOf(
      alike.filter(({ episode_id }) => (receipts.get(episode_id) ?? joins) === owner),
      'member',
      owner,
    );
  }
  if (previous !== undefined) return batchOf([row], 'single'); // it has a message of its own, which changes
  const fresh = alike.filter(({ episode_id }) => !receipts.has(episode_id));
  return fresh.length > singlesAtMost ? batchOf(fresh, 'group') : batchOf([row], 'single');
}

/** The group's message that speaks for the row: until all of a group have ended, more of the same join it. */
async function tryOwner(
  { episode_id, status }: NotificationRow,
  previous: string | undefined,
  { db, channel: { name: channel } }: Omit<BatchOptions, 'nowMs'>,
): Promise<string | undefined> {
  if (previous !== undefined) {
    const episodes = await countEpisodesOfReceipt(db, { channel, receipt: previous });
    return episodes > 1 ? previous : undefined;
  }
  const episode: Episode | undefined = status === 'firing' ? await tryEpisode(db, episode_id) : undefined;
  if (episode === undefined) return undefined;
  const { alertname, severity } = episode;
  return tryOpenGroupReceipt(db, { channel, alertname, severity });
}
