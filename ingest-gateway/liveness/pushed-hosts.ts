/** `pushed_hosts`: the last push of each host, over all gateways of the database. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Selectable } from 'kysely';
import { exclusively } from '../../common/store/leases.ts';
import type { Database, PushedHostsTable } from '../../common/store/schema.ts';
import type { StaticLabels } from './push-tracker.ts';

export interface SeenHost {
  readonly host: string;
  readonly lastPushMs: number;
  readonly lastSampleMs: number;
  readonly intervalMs: number;
  /** Labels that every series of the host carries; undefined when they are not known. */
  readonly labels?: StaticLabels | undefined;
  /** When the sender last sent the host's `up`; undefined for a host whose `up` the gateway writes. */
  readonly lastUpMs?: number | undefined;
}

export interface PushedHost extends SeenHost {
  readonly silentSinceMs: number | undefined;
  /** When an operator removed the host; a later push takes the removal back. */
  readonly forgottenMs: number | undefined;
}

/** Rows in one statement: PostgreSQL accepts 65,535 values, SQLite 32,766. */
const rowsAtOnce = 1_000;

function partsOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / rowsAtOnce);
  return Array.from({ length: count }, (_, at) => items.slice(at * rowsAtOnce, (at + 1) * rowsAtOnce));
}

/** Runs each part in a transaction, and lets the event loop serve others between two of them. */
async function inParts<Item>(
  db: Database,
  items: readonly Item[],
  run: (transaction: Database, part: readonly Item[]) => Promise<unknown>,
): Promise<void> {
  for (const part of partsOf(items)) {
    await exclusively(db, 'pushed_hosts', (transaction) => run(transaction, part));
    await nextTurn();
  }
}

/** Records pushes; a later push in the database stays. A new push ends the host's silence and takes back an earlier removal. */
export async function recordPushes(db: Database, hosts: readonly SeenHost[]): Promise<void> {
  if (hosts.length === 0) return;
  const rows = hosts.map(({ host, lastPushMs, lastSampleMs, intervalMs, labels, lastUpMs }) => ({
    host,
    last_push_at: lastPushMs,
    last_sample_at: lastSampleMs,
    interval_ms: Math.round(intervalMs),
    silent_since: null,
    forgotten_at: null,
    labels: labels === undefined ? null : JSON.stringify(labels),
    last_up_at: lastUpMs ?? null,
  }));
  await inParts(db, rows, (transaction, part) =>
    transaction
      .insertInto('pushed_hosts')
      .values(part)
      .onConflict((conflict) =>
        conflict
          .column('host')
          .doUpdateSet((expression) => ({
            last_push_at: expression.ref('excluded.last_push_at'),
            last_sample_at: expression.ref('excluded.last_sample_at'),
            interval_ms: expression.ref('excluded.interval_ms'),
            silent_since: null,
            labels: expression.fn.coalesce('excluded.labels', 'pushed_hosts.labels'),
            // Another gateway may have received the host's `up`.
            last_up_at: expression
              .case()
              .when('pushed_hosts.last_up_at', '>', expression.fn.coalesce('excluded.last_up_at', expression.lit(0)))
              .then(expression.ref('pushed_hosts.last_up_at'))
              .else(expression.ref('excluded.last_up_at'))
              .end(),
            // A push that preceded the removal and is recorded after it does not take it back.
            forgotten_at: expression
              .case()
              .when('pushed_hosts.forgotten_at', '>=', expression.ref('excluded.last_push_at'))
              .then(expression.ref('pushed_hosts.forgotten_at'))
              .end(),
          }))
          .whereRef('pushed_hosts.last_push_at', '<', 'excluded.last_push_at'),
      )
      .execute(),
  );
}

/** Returns every host, including hosts that an operator removed and no gateway has ended yet. */
export async function listPushedHosts(db: Database): Promise<readonly PushedHost[]> {
  const found: PushedHost[] = [];
  for (;;) {
    const last = found.at(-1)?.host;
    const page = db.selectFrom('pushed_hosts').selectAll().orderBy('host').limit(rowsAtOnce);
    const rows = await (last === undefined ? page : page.where('host', '>', last)).execute();
    found.push(...rows.map(toHost));
    if (rows.length < rowsAtOnce) return found;
    await nextTurn();
  }
}

function toHost(row: Selectable<PushedHostsTable>): PushedHost {
  return {
    host: row.host,
    lastPushMs: Number(row.last_push_at),
    lastSampleMs: Number(row.last_sample_at),
    intervalMs: Number(row.interval_ms),
    silentSinceMs: row.silent_since === null ? undefined : Number(row.silent_since),
    forgottenMs: row.forgotten_at === null ? undefined : Number(row.forgotten_at),
    labels: row.labels === null ? undefined : (JSON.parse(row.labels) as StaticLabels),
    lastUpMs: row.last_up_at === null ? undefined : Number(row.last_up_at),
  };
}

/** Returns when the host last pushed to any gateway; undefined for a host that never did. */
export async function tryLastPush(db: Database, host: string): Promise<number | undefined> {
  const row = await db.selectFrom('pushed_hosts').select('last_push_at').where('host', '=', host).executeTakeFirst();
  return row === undefined ? undefined : Number(row.last_push_at);
}

/** Records that the series of the hosts are ended, except hosts that pushed at or after `nowMs`. */
export async function markSilent(
  db: Database,
  { hosts, nowMs }: { readonly hosts: readonly string[]; readonly nowMs: number },
): Promise<void> {
  if (hosts.length === 0) return;
  await inParts(db, hosts, (transaction, part) =>
    transaction
      .updateTable('pushed_hosts')
      .set({ silent_since: nowMs })
      .where('host', 'in', part)
      .where('last_push_at', '<', nowMs)
      .execute(),
  );
}

/** Requests the removal of a host: a gateway ends its `up` and deletes the row. Returns false when there is no such host. */
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

/** Deletes the hosts, except hosts that pushed at or after `beforeMs`. */
export async function removePushedHosts(
  db: Database,
  { hosts, beforeMs }: { readonly hosts: readonly string[]; readonly beforeMs: number },
): Promise<void> {
  if (hosts.length === 0) return;
  await inParts(db, hosts, (transaction, part) =>
    transaction.deleteFrom('pushed_hosts').where('host', 'in', part).where('last_push_at', '<', beforeMs).execute(),
  );
}
