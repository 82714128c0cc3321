/**
 * Stores the steps of escalations. A step is stored with the time when it is due, in the transaction that opens the episode, and
 * taken in the transaction that queues its notifications. So a kill at any time neither loses nor repeats a step.
 */
import { type Selectable, sql } from 'kysely';
import type { Database, EscalationStepsTable } from '../../common/store/schema.ts';

export interface NewStep {
  readonly episodeId: number;
  /** From 1. */
  readonly step: number;
  readonly afterMs: number;
  readonly channels: readonly string[];
  readonly dueAtMs: number;
}

export interface StoredStep extends NewStep {
  readonly id: number;
}

/** Rows of one statement: SQLite binds up to 32,766 values. */
const rowsAtOnce = 4_000;

/** Stores steps. Keeps the steps that an episode has already. */
export async function scheduleSteps(db: Database, steps: readonly NewStep[]): Promise<void> {
  for (let from = 0; from < steps.length; from += rowsAtOnce)
    await db
      .insertInto('escalation_steps')
      .values(
        steps.slice(from, from + rowsAtOnce).map(({ episodeId, step, afterMs, channels, dueAtMs }) => ({
          episode_id: episodeId,
          step,
          after_ms: afterMs,
          channels: JSON.stringify(channels),
          due_at: dueAtMs,
          taken_at: null,
          notified: null,
        })),
      )
      .onConflict((conflict) => conflict.columns(['episode_id', 'step']).doNothing())
      .execute();
}

/**
 * Returns the due steps of firing alerts that are not acknowledged, in the order of their time. The steps of an acknowledged
 * alert wait; they are due again when the acknowledgement is withdrawn.
 */
export async function dueSteps(db: Database, nowMs: number, limit = rowsAtOnce): Promise<readonly StoredStep[]> {
  const rows = await db
    .selectFrom('escalation_steps as due')
    .innerJoin('alert_history as episode', 'episode.id', 'due.episode_id')
    .selectAll('due')
    .where('due.taken_at', 'is', null)
    .where('due.due_at', '<=', nowMs)
    .where('episode.closed_at', 'is', null)
    .where('episode.acknowledged_at', 'is', null)
    .orderBy('due.due_at')
    .orderBy('due.id')
    .limit(limit)
    .execute();
  return rows.map(toStep);
}

/** Marks steps as taken, with the channels that were notified. */
export async function takeStep(
  db: Database,
  { id, notified, nowMs }: { readonly id: number; readonly notified: readonly string[]; readonly nowMs: number },
): Promise<void> {
  await db
    .updateTable('escalation_steps')
    .set({ taken_at: nowMs, notified: JSON.stringify(notified) })
    .where('id', '=', id)
    .execute();
}

/** Deletes the steps of resolved alerts that were not taken. */
export async function deleteIdleSteps(db: Database): Promise<void> {
  await db
    .deleteFrom('escalation_steps')
    .where('taken_at', 'is', null)
    .where('episode_id', 'in', (where) =>
      where.selectFrom('alert_history').select('id').where('closed_at', 'is not', null),
    )
    .execute();
}

/** Returns the newest step that was taken for the episode and notified the channel. */
export async function tryTakenStep(
  db: Database,
  { episodeId, channel }: { readonly episodeId: number; readonly channel: string },
): Promise<StoredStep | undefined> {
  const rows = await db
    .selectFrom('escalation_steps')
    .selectAll()
    .where('episode_id', '=', episodeId)
    .where('taken_at', 'is not', null)
    .orderBy(sql`step`, 'desc')
    .execute();
  const row = rows.find(({ notified }) => parseNames(notified ?? '[]').includes(channel));
  return row === undefined ? undefined : toStep(row);
}

function toStep(row: Selectable<EscalationStepsTable>): StoredStep {
  return {
    id: row.id,
    episodeId: row.episode_id,
    step: row.step,
    afterMs: row.after_ms,
    channels: parseNames(row.channels),
    dueAtMs: row.due_at,
  };
}

function parseNames(json: string): readonly string[] {
  return JSON.parse(json) as string[];
}
