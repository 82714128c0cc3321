/** Chooses what a worker sends next: one notification, or a group of similar ones as one message. */
import { type Episode, tryEpisode } from '../../common/store/alert-history.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import type { Channel } from '../channel/channel.ts';
import { dueAlike } from '../store/notifications.ts';
import { countEpisodesOfReceipt, latestReceipts, tryOpenGroupReceipt } from '../store/receipts.ts';

/** Notifications that are delivered together. */
export interface Batch {
  /** The notification that is due first. */
  readonly row: NotificationRow;
  /** All of them, `row` included. */
  readonly rows: readonly NotificationRow[];
  /** `group`: sent as one new message. `member`: added to an existing group message. */
  readonly kind: 'single' | 'group' | 'member';
  /** Receipt of the message that this one follows or changes. */
  readonly previous: string | undefined;
  /** Ids of the rows whose episodes have a message in the channel. */
  readonly known: ReadonlySet<number>;
}

export interface BatchOptions {
  readonly db: Database;
  readonly channel: Channel;
  readonly nowMs: number;
}

/** Up to this many alerts of one name and severity are sent as single messages. */
const maxSingles = 5;
/** Maximum notifications of one message: SQLite binds up to 32,766 values in a statement. */
const batchLimit = 5_000;

/** Returns the batch of the row. It has at most one row of an episode, the oldest, so that an episode stays in order. */
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
  if (groups?.canUpdate !== true) return alike.length > maxSingles ? batchOf(alike, 'group') : batchOf([row], 'single');
  const owner = await tryOwner(row, previous, { db, channel });
  if (owner !== undefined) {
    const joins = row.status === 'firing' ? owner : undefined;
    return batchOf(
      alike.filter(({ episode_id }) => (receipts.get(episode_id) ?? joins) === owner),
      'member',
      owner,
    );
  }
  if (previous !== undefined) return batchOf([row], 'single'); // the episode has its own message, which is updated
  const fresh = alike.filter(({ episode_id }) => !receipts.has(episode_id));
  return fresh.length > maxSingles ? batchOf(fresh, 'group') : batchOf([row], 'single');
}

/** Returns the receipt of the row's group message. New alerts join a group until all its alerts are resolved. */
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
