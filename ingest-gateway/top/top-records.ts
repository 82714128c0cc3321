/**
 * Keeps the busiest processes of each host for 48 hours, within bounds: rows and bytes of a host, and bytes of all hosts together. Beyond
 * a bound the oldest records go; when all hosts have too much, those of the hosts with the most.
 */
import type { Database } from '../../common/store/schema.ts';
import type { TopRecord } from '../../common/top/top-record.ts';
import { fairLimit } from './size-limit.ts';
import {
  deleteTopBefore,
  findTopRecord,
  insertTopRecords,
  type TopBound,
  topSizes,
  topSpan,
  trimTopRecords,
} from './top-table.ts';

export interface TopRecords {
  /**
   * Stores the records of a host once, however often they come. Records outside of the last 48 h are rejected. Throws the error of the
   * database; nothing is lost then if the sender repeats the records.
   */
  store(host: string, records: readonly TopRecord[]): Promise<StoreReport>;
  /** Returns the record of the instant; for an instant after the newest record, that one if it is at most five minutes old. */
  find(host: string, timeMs: number): Promise<TopRecord | undefined>;
  /** Returns the time of which the host has records; undefined without records. */
  span(host: string): ReturnType<typeof topSpan>;
  /** Deletes records that are too old and those beyond the bound of all hosts. */
  expire(): Promise<void>;
}

export interface StoreReport {
  readonly accepted: number;
  readonly rejections: readonly { readonly index: number; readonly message: string }[];
}

export interface TopRecordsOptions {
  readonly db: Database;
  /** Bytes of all hosts together. */
  readonly maxBytes: number;
  readonly now: () => number;
  readonly hostBound?: TopBound;
}

export const keptMs = 48 * 3_600_000;
/** A record of a host whose clock is ahead by more is rejected. */
const maxAheadMs = 300_000;
/** A record covers a minute; that of an exporter on a slow host covers more. */
const maxLengthMs = 600_000;
/** A request at a full minute means the minute that begins: passes of the exporter are up to half of their interval late. */
const boundaryMs = 2_500;
const maxNewestAgeMs = 300_000;
/** Twice the rows of 48 h, because a restart of the exporter ends a minute early. A row has 1 KiB. */
const usualHostBound: TopBound = { maxRows: 5_760, maxBytes: 8 * 2 ** 20 };
/** The bound of all hosts is checked after this share of it was stored. */
const checkedShare = 0.05;

export function createTopRecords({ db, maxBytes, now, hostBound = usualHostBound }: TopRecordsOptions): TopRecords {
  let uncheckedBytes = 0;

  async function boundHost(host: string): Promise<void> {
    await deleteTopBefore(db, now() - keptMs, host);
    const [size] = await topSizes(db, host);
    if (size !== undefined && (size.rows > hostBound.maxRows || size.bytes > hostBound.maxBytes))
      await trimTopRecords(db, host, hostBound);
  }

  async function expire(): Promise<void> {
    uncheckedBytes = 0;
    await deleteTopBefore(db, now() - keptMs);
    const sizes = await topSizes(db);
    const limit = fairLimit(
      sizes.map(({ bytes }) => bytes),
      maxBytes,
    );
    for (const { host, bytes } of sizes)
      if (bytes > limit) await trimTopRecords(db, host, { ...hostBound, maxBytes: limit });
  }

  return {
    async store(host, records) {
      const checked = records.map((record, index) => ({ record, index, message: faultOf(record, now()) }));
      const accepted = checked.filter(({ message }) => message === undefined).map(({ record }) => record);
      uncheckedBytes += await insertTopRecords(db, host, accepted);
      if (accepted.length > 0) await boundHost(host);
      if (uncheckedBytes > maxBytes * checkedShare) await expire();
      const rejections = checked.flatMap(({ index, message }) => (message === undefined ? [] : [{ index, message }]));
      return { accepted: accepted.length, rejections };
    },
    async find(host, timeMs) {
      if (timeMs < now() - keptMs) return undefined;
      const found = await findTopRecord(db, { host, timeMs: timeMs + boundaryMs, maxAgeMs: maxNewestAgeMs });
      return found;
    },
    span: (host) => topSpan(db, host),
    expire,
  };
}

/** Returns why a record is rejected; undefined for an acceptable one. */
function faultOf({ from_ms: fromMs, to_ms: toMs }: TopRecord, nowMs: number): string | undefined {
  if (toMs <= fromMs || toMs - fromMs > maxLengthMs)
    return `expected to_ms after from_ms by at most ${maxLengthMs} ms, got ${toMs - fromMs} ms`;
  if (toMs > nowMs + maxAheadMs)
    return `expected an end by ${new Date(nowMs + maxAheadMs).toISOString()}: the clock is ahead`;
  if (toMs < nowMs - keptMs) return `expected an end within the last ${keptMs / 3_600_000} h`;
  return undefined;
}
