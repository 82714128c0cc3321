/** `top_records`: the busiest processes of each host by minute, over all gateways of the database. */

import type { Database } from '../../common/store/schema.ts';
import { packProcesses, type TopRecord, unpackProcesses } from '../../common/top/top-record.ts';

/** Bytes of a row besides its texts. */
const rowBytes = 48;

/** Inserts the records. A record that the table has does not change. Returns the bytes of the records. */
export async function insertTopRecords(db: Database, host: string, records: readonly TopRecord[]): Promise<number> {
  if (records.length === 0) return 0;
  const rows = records.map(({ from_ms: fromMs, to_ms: toMs, processes: uses }) => {
    const processes = packProcesses(uses);
    return { host, to_at: toMs, from_at: fromMs, bytes: rowBytes + Buffer.byteLength(host + processes), processes };
  });
  await db
    .insertInto('top_records')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['host', 'to_at']).doNothing())
    .execute();
  return rows.reduce((sum, { bytes }) => sum + bytes, 0);
}

export interface TopQuestion {
  readonly host: string;
  readonly timeMs: number;
  /** How long before the instant the host's newest record may have ended. */
  readonly maxAgeMs: number;
}

/** Returns the record that contains the instant, or the host's newest record if it ended shortly before. */
export async function findTopRecord(
  db: Database,
  { host, timeMs, maxAgeMs }: TopQuestion,
): Promise<TopRecord | undefined> {
  const ofHost = db.selectFrom('top_records').select(['from_at', 'to_at', 'processes']).where('host', '=', host);
  const next = await ofHost.where('to_at', '>=', timeMs).orderBy('to_at').limit(1).executeTakeFirst();
  if (next !== undefined) return Number(next.from_at) <= timeMs ? toRecord(next) : undefined;
  const last = await ofHost.orderBy('to_at', 'desc').limit(1).executeTakeFirst();
  return last !== undefined && timeMs - Number(last.to_at) <= maxAgeMs ? toRecord(last) : undefined;
}

/** Returns the time from the host's first record to its last; undefined without records. */
export async function topSpan(
  db: Database,
  host: string,
): Promise<{ readonly fromMs: number; readonly toMs: number } | undefined> {
  const ofHost = db.selectFrom('top_records').select(['from_at', 'to_at']).where('host', '=', host).limit(1);
  const first = await ofHost.orderBy('to_at').executeTakeFirst();
  const last = await ofHost.orderBy('to_at', 'desc').executeTakeFirst();
  return first && last && { fromMs: Number(first.from_at), toMs: Number(last.to_at) };
}

function toRecord(row: { readonly from_at: number; readonly to_at: number; readonly processes: string }): TopRecord {
  return { from_ms: Number(row.from_at), to_ms: Number(row.to_at), processes: unpackProcesses(row.processes) };
}

export interface TopSize {
  readonly host: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Returns the sizes of these hosts, or of all hosts. A host without records is absent. */
export async function topSizes(db: Database, host?: string): Promise<TopSize[]> {
  const all = db
    .selectFrom('top_records')
    .select((expression) => ['host', expression.fn.countAll().as('rows'), expression.fn.sum('bytes').as('bytes')])
    .groupBy('host');
  const found = await (host === undefined ? all : all.where('host', '=', host)).execute();
  return found.map((size) => ({ host: size.host, rows: Number(size.rows), bytes: Number(size.bytes) }));
}

/** Deletes records that ended before the instant: those of the host, or of all hosts. */
export async function deleteTopBefore(db: Database, timeMs: number, host?: string): Promise<void> {
  const all = db.deleteFrom('top_records').where('to_at', '<', timeMs);
  await (host === undefined ? all : all.where('host', '=', host)).execute();
}

export interface TopBound {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** Deletes the host's oldest records beyond the bound. */
export async function trimTopRecords(db: Database, host: string, { maxRows, maxBytes }: TopBound): Promise<void> {
  const newestFirst = await db
    .selectFrom('top_records')
    .select(['to_at', 'bytes'])
    .where('host', '=', host)
    .orderBy('to_at', 'desc')
    .execute();
  let bytes = 0;
  const firstBeyond = newestFirst.find((row, index) => {
    bytes += Number(row.bytes);
    return index >= maxRows || bytes > maxBytes;
  });
  if (firstBeyond === undefined) return;
  await db.deleteFrom('top_records').where('host', '=', host).where('to_at', '<=', firstBeyond.to_at).execute();
}
