/** `pushed_hosts`: who pushes, as all gateways together saw it. */
import type { Database } from './schema.ts';

/** Times in epoch milliseconds. */
export interface PushedHostsTable {
  readonly host: string;
  readonly last_push_at: number;
  /** Its newest sample's own time. */
  readonly last_sample_at: number;
  readonly interval_ms: number;
  /** Null while it pushes. */
  readonly silent_since: number | null;
  /** An operator no longer expects it; its `up` is yet to be ended. */
  readonly forgotten_at: number | null;
}

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

/** Remembers pushes; whichever gateway saw the later one is right. A host that pushes is expected again. */
export async function recordPushes(db: Database, hosts: readonly SeenHost[]): Promise<void> {
  if (hosts.length === 0) return;
  await db.transaction().execute(async (transaction) => {
    for (const { host, lastPushMs, lastSampleMs, intervalMs } of hosts) {
      const seen = { last_push_at: lastPushMs, last_sample_at: lastSampleMs, interval_ms: intervalMs };
      await transaction
        .insertInto('pushed_hosts')
        .values({ host, ...seen, silent_since: null, forgotten_at: null })
        .onConflict((conflict) =>
          conflict
            .column('host')
            .doUpdateSet({ ...seen, silent_since: null, forgotten_at: null })
            .where('pushed_hosts.last_push_at', '<', lastPushMs),
        )
        .execute();
    }
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
  await db.updateTable('pushed_hosts').set({ silent_since: nowMs }).where('host', 'in', hosts).execute();
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
  await db.deleteFrom('pushed_hosts').where('host', 'in', hosts).where('last_push_at', '<', beforeMs).execute();
}
