/** Reads receipts of messages that show several episodes. */
import { sql } from 'kysely';
import { type Episode, toEpisode, tryEpisode } from '../../common/store/relay-records.ts';
import type { Database, NotificationRow } from '../../common/store/schema.ts';
import { pending } from './outbox.ts';

/** Returns the receipt of the row's group message. New alerts join a group until all its alerts are resolved. */
export async function tryGroupReceipt(
  db: Database,
  { episode_id, status, channel }: NotificationRow,
  previous: string | undefined,
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

interface ReceiptKey {
  readonly channel: string;
  readonly receipt: string;
}

/** Returns the episodes of the message with this receipt, oldest first. */
export async function episodesOfReceipt(db: Database, { channel, receipt }: ReceiptKey): Promise<readonly Episode[]> {
  const rows = await db
    .selectFrom('alert_history')
    .selectAll()
    .where('id', 'in', (where) =>
      where
        .selectFrom('notifications')
        .select('episode_id')
        .where('channel', '=', channel)
        .where('receipt', '=', receipt),
    )
    .orderBy('id')
    .execute();
  return rows.map(toEpisode);
}

/** Returns the number of episodes of the message with this receipt. */
async function countEpisodesOfReceipt(db: Database, { channel, receipt }: ReceiptKey): Promise<number> {
  const { count } = await db
    .selectFrom('notifications')
    .select(sql<number>`count(distinct episode_id)`.as('count'))
    .where('channel', '=', channel)
    .where('receipt', '=', receipt)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Returns the newest group message of this alert and severity that still has a firing episode. */
async function tryOpenGroupReceipt(
  db: Database,
  { channel, alertname, severity }: { readonly channel: string } & Pick<Episode, 'alertname' | 'severity'>,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('notifications as sent')
    .innerJoin('alert_history as episode', 'episode.id', 'sent.episode_id')
    .select('sent.receipt')
    .where('sent.channel', '=', channel)
    .where('sent.state', '!=', pending)
    .where('sent.receipt', 'is not', null)
    .where('episode.alertname', '=', alertname)
    .where(sql<boolean>`coalesce(episode.severity, '') = ${severity ?? ''}`)
    .where('episode.closed_at', 'is', null)
    .where((where) =>
      where.exists(
        where
          .selectFrom('notifications as other')
          .select('other.id')
          .whereRef('other.channel', '=', 'sent.channel')
          .whereRef('other.receipt', '=', 'sent.receipt')
          .whereRef('other.episode_id', '!=', 'sent.episode_id'),
      ),
    )
    .orderBy('sent.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.receipt ?? undefined;
}
