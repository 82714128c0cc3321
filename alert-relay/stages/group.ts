/** Renders the notifications of a batch as one message. */
import { type Episode, episodesById } from '../../common/store/relay-records.ts';
import type { NotificationStatus } from '../../common/store/schema.ts';
import { episodesOfReceipt } from '../store/group-receipts.ts';
import type { GroupMessage, GroupNews } from '../text/message.ts';
import { type Batch, linksOf, messageOf, type RenderOptions } from './compose.ts';

/** Maximum number of alerts that a group message lists. Further alerts are only counted. */
const maxShown = 20;

interface Member {
  readonly episode: Episode;
  readonly status: NotificationStatus;
}

/** Throws the errors of the database. */
export async function renderGroup(batch: Batch, options: RenderOptions): Promise<GroupMessage> {
  const [row] = batch.rows;
  const own = await episodesById(
    options.db,
    batch.rows.map(({ episode_id }) => episode_id),
  );
  const [first] = own;
  if (row === undefined || first === undefined) throw new Error('a group of notifications has no episodes');
  const members = await membersOf(batch, { own, db: options.db });
  const firing = members.filter(({ status }) => status === 'firing');
  const resolved = members.filter(({ status }) => status === 'resolved');
  const shown = [...firing, ...resolved].slice(0, maxShown);
  const ends = resolved.map(({ episode }) => episode.ends_at ?? 0);
  const startsAtMs = Math.min(...members.map(({ episode }) => episode.starts_at));
  const endsAtMs = firing.length > 0 ? undefined : Math.max(...ends);
  const labels = { alertname: first.alertname, ...(first.severity === null ? {} : { severity: first.severity }) };
  const links = linksOf({ ...first, labels, starts_at: startsAtMs, ends_at: endsAtMs ?? null }, options.publicUrl);
  return {
    id: row.id,
    alertname: first.alertname,
    severity: first.severity ?? undefined,
    firing: firing.length,
    resolved: resolved.length,
    hosts: new Set(members.map(({ episode }) => episode.host).filter((host) => host !== null)).size,
    startsAtMs,
    endsAtMs,
    renderedAtMs: options.now(),
    timeZone: options.timeZone,
    links: { ...links, alert: undefined },
    shown: await Promise.all(
      shown.map(({ episode, status }) => messageOf(episode, { id: row.id, status, isReminder: false }, options)),
    ),
    news: newsOf(batch, own),
  };
}

/**
 * Returns the alerts that the message shows. A message that is updated shows the current state of all its alerts; any other message
 * shows the alerts of this batch.
 */
async function membersOf(
  { rows, kind, previous }: Batch,
  { own, db }: { readonly own: readonly Episode[]; readonly db: RenderOptions['db'] },
): Promise<readonly Member[]> {
  const [row] = rows;
  const channel = row?.channel ?? '';
  if (kind !== 'member' || previous === undefined)
    return own.map((episode) => ({ episode, status: row?.status ?? 'firing' }));
  const all = new Map(own.map((episode) => [episode.id, episode]));
  for (const episode of await episodesOfReceipt(db, { channel, receipt: previous })) all.set(episode.id, episode);
  return [...all.values()]
    .sort((a, b) => a.id - b.id)
    .map((episode) => ({ episode, status: episode.closed_at === null ? 'firing' : 'resolved' }));
}

function newsOf({ rows, known }: Batch, own: readonly Episode[]): GroupNews {
  const [row] = rows;
  const fresh = rows.filter(({ id }) => !known.has(id));
  const isReminder = row?.status === 'firing' && fresh.length === 0;
  const counted = row?.status === 'firing' && !isReminder ? fresh : rows;
  const ids = new Set(counted.map(({ episode_id }) => episode_id));
  const names = own.filter(({ id }) => ids.has(id)).map(({ host, alertname }) => host ?? alertname);
  return {
    status: row?.status ?? 'firing',
    isReminder,
    count: counted.length,
    hosts: [...new Set(names)].slice(0, maxShown),
  };
}
