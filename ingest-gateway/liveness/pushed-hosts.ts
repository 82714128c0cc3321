/** `pushed_hosts`: who pushes, as all gateways together saw it. */
import { exclusively } from '../../common/store/dialect.ts';
import type { Database } from '../../common/store/schema.ts';

export interface SeenHost {
  readonly host: string;
  readonly lastPushMs: number;
  readonly lastSampleMs: number;
  readonly intervalMs: number;
}

export interface PushedHost extends SeenHost {
  readonly silentSinceMs: number | undefined;
  readonly isForgotten: boolean;
}

/** Rows of one statement: PostgreSQL takes 65,535 values in it, SQLite 32,766. */
const rowsAtOnce = 1_000;

/** Remembers pushes; whichever gateway saw the later one is right. A host that pushes is expected again. */
export async function recordPushes(db: Database, hosts: readonly SeenHost[]): Promise<void> {
  if (hosts.length === 0) return;
  const rows = hosts.map(({ host, lastPushMs, lastSampleMs, intervalMs }) => ({
    host,
    last_push_at: lastPushMs,
    last_sample_at: lastSampleMs,
    interval_ms: Math.round(intervalMs),
    silent_since: null,
    forgotten_at: null,
  }));
  await exclusively(db, 'pushed_hosts', async (transaction) => {
    for (let from = 0; from < rows.length; from += rowsAtOnce)
      await transaction
        .insertInto('pushed_hosts')
        .values(rows.slice(from, from + rowsAtOnce))
        .onConflict((conflict) =>
          conflict
            .column('host')
            .doUpdateSet((expression) => ({
              last_push_at: expression.ref('excluded.last_push_at'),
              last_sample_at: expression.ref('excluded.last_sample_at'),
              interval_ms: expression.ref('excluded.interval_ms'),
              silent_since: null,
              forgotten_at: null,
            }))
            .whereRef('pushed_hosts.last_push_at', '<', 'excluded.last_push_at'),
        )
        .execute();
  });
}

/** Every host that pushed at or after `sinceMs`, forgotten ones too. */
export async function listPushedHosts(db: Database, sinceMs: number): Promise<readonly PushedHost[]> {
  const rows = await db.selectFrom('pushed_hosts').selectAll().where('last_push_at', '>=', sinceMs).execute();
  return rows.map((row) => ({
    host: row.host,
    lastPushMs: Number(row.last_push_at),
    lastSampleMs: Number(row.last_sample_at),
    intervalMs: Number(row.interval_ms),
    silentSinceMs: row.silent_since === null ? undefined : Number(row.silent_since),
    isForgotten: row.forgotten_at !== null,
  }));
}

export async function markSilent(
  db: Database,
  { hosts, nowMs }: { readonly hosts: readonly string[]; readonly nowMs: number },
): Promise<void> {
  if (hosts.length === 0) return;
  await exclusively(db, 'pushed_hosts', async (transaction) => {
    await transaction.updateTable('pushed_hosts').set({ silent_since: nowMs }).where('host', 'in', hosts).execute();
  });
}

/** The gateway ends the host's `up` and removes it. False when no such host pushes. */
export async function forgetHost(
  db: Database,
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('pushed_hosts')
    .set({ forgotten_at: nowMs })
    .where('host', '=', host)
    .executeTakeFirst();
  return Number(numUpdatedRows) > 0;
}

/** Unless it pushed since `beforeMs`. */
export async function removePushedHosts(
  db: Database,
  { hosts, beforeMs }: { readonly hosts: readonly string[]; readonly beforeMs: number },
): Promise<void> {
  if (hosts.length === 0) return;
  await exclusively(db, 'pushed_hosts', async (transaction) => {
    const removal = transaction.deleteFrom('pushed_hosts').where('host', 'in', hosts);
    await removal.where('last_push_at', '<', beforeMs).execute();
  });
}
