/** Receipts of delivered messages: which message in a channel represents which episodes. */
import { sql } from 'kysely';
import { type Episode, toEpisode } from '../../common/store/alert-history.ts';
import type { Database } from '../../common/store/schema.ts';
import { pending } from './notifications.ts';

export interface ReceiptSearch {
  readonly channel: string;
  readonly episodeIds: readonly number[];
}

/** Returns the channel's newest receipt for each episode that has one. */
export async function latestReceipts(
  db: Database,
  { channel, episodeIds }: ReceiptSearch,
): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom('notifications')
    .select(['episode_id', 'receipt'])
    .where('channel', '=', channel)
    .where('episode_id', 'in', episodeIds)
    .where('receipt', 'is not', null)
    .orderBy('id')
    .execute();
  return new Map(rows.flatMap(({ episode_id, receipt }) => (receipt === null ? [] : [[episode_id, receipt] as const])));
}

export interface ReceiptKey {
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
export async function countEpisodesOfReceipt(db: Database, { channel, receipt }: ReceiptKey): Promise<number> {
  const { count } = await db
    .selectFrom('notifications')
    .select(sql<number>`count(distinct episode_id)`.as('count'))
    .where('channel', '=', channel)
    .where('receipt', '=', receipt)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Returns the newest group message of this alert and severity that still has a firing episode. */
export async function tryOpenGroupReceipt(
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
