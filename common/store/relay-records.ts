/**
 * Records of the relay, for itself and for the programs that share its database. `alert_history` has a row for each episode,
 * which lasts from an alert's first firing to its resolution. `relay_state` and `relay_channels` hold times that outlast a
 * restart, and the channels.
 */
import { type Selectable, sql } from 'kysely';
import type { AlertHistoryTable, Database, Resolution } from './schema.ts';

type Row = Selectable<AlertHistoryTable>;

/** Rows of one statement: SQLite binds up to 32,766 values. */
const rowsAtOnce = 5_000;

export interface Episode extends Omit<Row, 'labels' | 'annotations'> {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A firing alert as received. */
export interface Firing {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly receiver: string;
  readonly generatorUrl: string | undefined;
  readonly externalUrl: string | undefined;
  readonly startsAtMs: number;
  readonly nowMs: number;
}

/** The rule Watchdog always fires: its arrival proves that the chain of alerts works. It is a heartbeat and has no episode. */
export function isWatchdog({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean {
  return labels['alertname'] === 'Watchdog';
}

/** Returns the newest episode of an alert, open or closed. */
export async function tryLatestEpisode(db: Database, fingerprint: string): Promise<Episode | undefined> {
  const row = await db
    .selectFrom('alert_history')
    .selectAll()
    .where('fingerprint', '=', fingerprint)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : toEpisode(row);
}

/** Returns the newest episode of each alert that has one, by fingerprint. */
export async function latestEpisodes(db: Database, fingerprints: readonly string[]): Promise<Map<string, Episode>> {
  const latest = new Map<string, Episode>();
  for (let from = 0; from < fingerprints.length; from += rowsAtOnce) {
    const rows = await db
      .selectFrom('alert_history')
      .selectAll()
      .where('id', 'in', (where) =>
        where
          .selectFrom('alert_history')
          .select(({ fn }) => fn.max('id').as('id'))
          .where('fingerprint', 'in', fingerprints.slice(from, from + rowsAtOnce))
          .groupBy('fingerprint'),
      )
      .execute();
    for (const row of rows) latest.set(row.fingerprint, toEpisode(row));
  }
  return latest;
}

export async function tryEpisode(db: Database, id: number): Promise<Episode | undefined> {
  const row = await db.selectFrom('alert_history').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toEpisode(row);
}

/** Returns the episodes with these ids, oldest first. */
export async function episodesById(db: Database, ids: readonly number[]): Promise<readonly Episode[]> {
  const rows = await db.selectFrom('alert_history').selectAll().where('id', 'in', ids).orderBy('id').execute();
  return rows.map(toEpisode);
}

export async function openEpisodes(db: Database): Promise<readonly Episode[]> {
  const rows = await db.selectFrom('alert_history').selectAll().where('closed_at', 'is', null).orderBy('id').execute();
  return rows.map(toEpisode);
}

/** Returns the open episodes with the same alert name and severity, oldest first. */
export async function openEpisodesAlike(
  db: Database,
  { alertname, severity }: Pick<Episode, 'alertname' | 'severity'>,
): Promise<readonly Episode[]> {
  const rows = await db
    .selectFrom('alert_history')
    .selectAll()
    .where('closed_at', 'is', null)
    .where('alertname', '=', alertname)
    .where('severity', severity === null ? 'is' : '=', severity)
    .orderBy('id')
    .execute();
  return rows.map(toEpisode);
}

/** Throws if the alert has an open episode. */
export async function openEpisode(db: Database, firing: Firing): Promise<Episode> {
  const row = await db
    .insertInto('alert_history')
    .values({
      fingerprint: firing.fingerprint,
      ...columnsOf(firing),
      starts_at: firing.startsAtMs,
      opened_at: firing.nowMs,
      ends_at: null,
      closed_at: null,
      resolution: null,
      refired_at: null,
      value_at_resolve: null,
      acknowledged_at: null,
      acknowledged_by: null,
      acknowledged_note: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toEpisode(row);
}

/** Updates an episode from a later firing: its value and annotations, but not its start. */
export async function joinEpisode(db: Database, id: number, firing: Firing): Promise<Episode> {
  const row = await db
    .updateTable('alert_history')
    .set(columnsOf(firing))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toEpisode(row);
}

export interface EpisodeEnd {
  readonly id: number;
  readonly endsAtMs: number;
  readonly nowMs: number;
  readonly resolution: Resolution;
}

/** Closes an episode and returns it. Returns undefined if it was closed already. */
export async function tryCloseEpisode(
  db: Database,
  { id, endsAtMs, nowMs, resolution }: EpisodeEnd,
): Promise<Episode | undefined> {
  const row = await db
    .updateTable('alert_history')
    .set({ ends_at: endsAtMs, closed_at: nowMs, resolution })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : toEpisode(row);
}

/** Marks a closed episode: a firing arrived that may be a late copy. */
export async function markRefired(db: Database, id: number, nowMs: number): Promise<void> {
  await db.updateTable('alert_history').set({ refired_at: nowMs }).where('id', '=', id).execute();
}

export async function clearRefired(db: Database, id: number): Promise<void> {
  await db.updateTable('alert_history').set({ refired_at: null }).where('id', '=', id).execute();
}

/** Returns the closed episodes that `markRefired` marked. */
export async function refiredEpisodes(db: Database): Promise<readonly Episode[]> {
  const rows = await db
    .selectFrom('alert_history')
    .selectAll()
    .where('refired_at', 'is not', null)
    .orderBy('id')
    .execute();
  return rows.map(toEpisode);
}

/** Stores the value unless one is stored. Returns the stored value. */
export async function setValueAtResolve(db: Database, id: number, value: number): Promise<number> {
  const row = await db
    .updateTable('alert_history')
    .set(({ fn }) => ({ value_at_resolve: fn.coalesce('value_at_resolve', sql<number>`${value}`) }))
    .where('id', '=', id)
    .returning('value_at_resolve')
    .executeTakeFirst();
  return row?.value_at_resolve ?? value;
}

/** Deletes episodes that were closed before `beforeMs`, with their notifications. Returns the number of episodes. */
export async function deleteEpisodes(db: Database, beforeMs: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('alert_history')
    .where('closed_at', '<', beforeMs)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

function columnsOf(firing: Firing) {
  return {
    alertname: firing.labels['alertname'] ?? '',
    severity: firing.labels['severity'] ?? null,
    host: firing.labels['instance'] ?? null,
    labels: JSON.stringify(firing.labels),
    annotations: JSON.stringify(firing.annotations),
    receiver: firing.receiver,
    generator_url: firing.generatorUrl ?? null,
    external_url: firing.externalUrl ?? null,
    seen_at: firing.nowMs,
  };
}

export function toEpisode(row: Row): Episode {
  return {
    ...row,
    labels: JSON.parse(row.labels) as Record<string, string>,
    annotations: JSON.parse(row.annotations) as Record<string, string>,
  };
}

export type RelayTime = 'last_webhook' | 'last_watchdog' | 'channels_read' | 'last_seen';

export async function rememberTime(
  db: Database,
  { name, timeMs }: { readonly name: RelayTime; readonly timeMs: number },
): Promise<void> {
  await db
    .insertInto('relay_state')
    .values({ name, value: timeMs })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: timeMs }))
    .execute();
}

/** Returns undefined if the event never happened. */
export async function tryRememberedTime(db: Database, name: RelayTime): Promise<number | undefined> {
  const row = await db.selectFrom('relay_state').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

/** Four records of a relay that runs. */
export const maxSeenAgeMs = 60_000;

/**
 * Returns whether a relay runs on this database: `absent` if none ever did. Clocks of relay and caller must agree to within half
 * a minute.
 */
export async function relayPresence(
  db: Database,
  nowMs: number,
): Promise<{ readonly kind: 'absent' | 'running' } | { readonly kind: 'silent'; readonly sinceMs: number }> {
  const sinceMs = await tryRememberedTime(db, 'last_seen');
  if (sinceMs === undefined) return { kind: 'absent' };
  return nowMs - sinceMs > maxSeenAgeMs ? { kind: 'silent', sinceMs } : { kind: 'running' };
}

/** Replaces the list of channels by those of the relay that was started or reloaded last. Only relays call it. */
export async function rememberChannels(
  db: Database,
  { names, nowMs }: { readonly names: readonly string[]; readonly nowMs: number },
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('relay_channels').execute();
    if (names.length > 0)
      await transaction
        .insertInto('relay_channels')
        .values(names.map((name) => ({ name })))
        .onConflict((conflict) => conflict.column('name').doNothing()) // another relay starts at the same time
        .execute();
    await rememberTime(transaction, { name: 'channels_read', timeMs: nowMs });
  });
}

/** Returns the channels sorted by name; undefined if no relay ever used this database. */
export async function tryRelayChannels(db: Database): Promise<readonly string[] | undefined> {
  if ((await tryRememberedTime(db, 'channels_read')) === undefined) return undefined;
  const rows = await db.selectFrom('relay_channels').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}
