/**
 * Acknowledgements of episodes: a person has the alert, so reminders and escalation stop. An acknowledgement ends with its
 * episode. A change and the notifications that report it are one transaction.
 */
import { type Selectable, sql } from 'kysely';
import { exclusively } from './leases.ts';
import type { AcknowledgementChangesTable, AcknowledgementKind, Database } from './schema.ts';

/** Maximum length of the name and of the note of an acknowledgement, in characters. */
export const acknowledgementLimits = { name: 100, note: 1_000 } as const;

export type AcknowledgementChange = Selectable<AcknowledgementChangesTable>;

export interface AckRequest {
  readonly episodeIds: readonly number[];
  /** Name of a person, or of an API key. */
  readonly by: string;
  readonly note: string | undefined;
  readonly nowMs: number;
}

/** `changed`: another name or note than before. `unchanged`: the same as before. `ended`: the alert is resolved. */
export type AckResult = 'acknowledged' | 'changed' | 'withdrawn' | 'unchanged' | 'ended';

/** Rows of one statement: SQLite binds up to 32,766 values. */
const rowsAtOnce = 5_000;

/**
 * Acknowledges episodes and returns the result of each, by id; an unknown id is left out. An episode that is acknowledged
 * already gets the new name and note. Notifies each channel that was notified of the alert, unless only the note is new.
 */
export function acknowledge(db: Database, request: AckRequest): Promise<ReadonlyMap<number, AckResult>> {
  const { by, note = null, nowMs } = request;
  return change(db, request, 'acknowledged', async (transaction, episodes) => {
    const results = new Map<number, AckResult>();
    for (const { id, acknowledged_by: holder, acknowledged_note: oldNote } of episodes)
      results.set(id, holder === null ? 'acknowledged' : holder === by && oldNote === note ? 'unchanged' : 'changed');
    const others = episodes.filter(({ acknowledged_by: holder }) => holder !== by).map(({ id }) => id);
    const noted = episodes.filter(({ id }) => results.get(id) !== 'unchanged').map(({ id }) => id);
    await update(transaction, others, { acknowledged_at: nowMs, acknowledged_by: by });
    await update(transaction, noted, { acknowledged_note: note });
    return { results, news: others };
  });
}

/** Withdraws acknowledgements and returns the result of each episode, by id. Notifies the channels. */
export function withdrawAcknowledgement(db: Database, request: AckRequest): Promise<ReadonlyMap<number, AckResult>> {
  return change(db, request, 'withdrawn', async (transaction, episodes) => {
    const held = episodes.filter(({ acknowledged_by: holder }) => holder !== null).map(({ id }) => id);
    await update(transaction, held, { acknowledged_at: null, acknowledged_by: null, acknowledged_note: null });
    const results = episodes.map(({ id }) => [id, held.includes(id) ? 'withdrawn' : 'unchanged'] as const);
    return { results: new Map<number, AckResult>(results), news: held };
  });
}

interface AckState {
  readonly id: number;
  readonly acknowledged_by: string | null;
  readonly acknowledged_note: string | null;
}

interface Changed {
  readonly results: Map<number, AckResult>;
  /** Episodes whose channels are notified. */
  readonly news: readonly number[];
}

async function change(
  db: Database,
  { episodeIds, by, note, nowMs }: AckRequest,
  kind: AcknowledgementKind,
  apply: (transaction: Database, episodes: readonly AckState[]) => Promise<Changed>,
): Promise<ReadonlyMap<number, AckResult>> {
  return exclusively(db, 'alerts', async (transaction) => {
    const all = new Map<number, AckResult>();
    for (let from = 0; from < episodeIds.length; from += rowsAtOnce) {
      const rows = await transaction
        .selectFrom('alert_history')
        .select(['id', 'closed_at', 'acknowledged_by', 'acknowledged_note'])
        .where('id', 'in', episodeIds.slice(from, from + rowsAtOnce))
        .execute();
      for (const { id } of rows) all.set(id, 'ended');
      const open = rows.filter(({ closed_at }) => closed_at === null);
      const { results, news } = await apply(transaction, open);
      for (const [id, result] of results) all.set(id, result);
      const changed = [...results].filter(([, result]) => result !== 'unchanged').map(([id]) => id);
      await recordChanges(transaction, changed, { kind, by, note: note ?? null, changed_at: nowMs });
      await notifyChannels(transaction, news, nowMs);
    }
    return all;
  });
}

async function update(
  db: Database,
  ids: readonly number[],
  values: {
    readonly acknowledged_at?: number | null;
    readonly acknowledged_by?: string | null;
    readonly acknowledged_note?: string | null;
  },
): Promise<void> {
  if (ids.length > 0) await db.updateTable('alert_history').set(values).where('id', 'in', ids).execute();
}

async function recordChanges(
  db: Database,
  ids: readonly number[],
  values: Omit<AcknowledgementChange, 'id' | 'episode_id'>,
): Promise<void> {
  if (ids.length === 0) return;
  await db
    .insertInto('acknowledgement_changes')
    .values(ids.map((id) => ({ episode_id: id, ...values })))
    .execute();
}

/** Queues a notification for each channel that a firing of the episode was queued for. */
async function notifyChannels(db: Database, ids: readonly number[], nowMs: number): Promise<void> {
  if (ids.length === 0) return;
  await db
    .insertInto('notifications')
    .columns(['episode_id', 'channel', 'status', 'state', 'attempts', 'created_at', 'next_attempt_at'])
    .expression((from) =>
      from
        .selectFrom('notifications')
        .select([
          'episode_id',
          'channel',
          sql.lit('acknowledgement' as const).as('status'),
          sql.lit('pending' as const).as('state'),
          sql.lit(0).as('attempts'),
          sql<number>`cast(${nowMs} as bigint)`.as('created_at'),
          sql<number>`cast(${nowMs} as bigint)`.as('next_attempt_at'),
        ])
        .distinct()
        .where('status', '=', 'firing')
        .where('episode_id', 'in', ids)
        .orderBy('episode_id')
        .orderBy('channel'),
    )
    .onConflict((conflict) =>
      conflict.columns(['episode_id', 'channel', 'status']).where('state', '=', sql.lit('pending')).doNothing(),
    )
    .execute();
}

/** Returns the changes of each episode, oldest first. */
export async function acknowledgementChanges(
  db: Database,
  episodeIds: readonly number[],
): Promise<ReadonlyMap<number, readonly AcknowledgementChange[]>> {
  const rows = await db
    .selectFrom('acknowledgement_changes')
    .selectAll()
    .where('episode_id', 'in', episodeIds)
    .orderBy('id')
    .execute();
  return Map.groupBy(rows, ({ episode_id }) => episode_id);
}

/** Returns the newest change of the episode. */
export function tryLatestChange(db: Database, episodeId: number): Promise<AcknowledgementChange | undefined> {
  return db
    .selectFrom('acknowledgement_changes')
    .selectAll()
    .where('episode_id', '=', episodeId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}
