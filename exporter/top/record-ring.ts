/** Keeps the newest records in memory, packed: a record takes about 1 KiB. */
import { packProcesses, type TopRecord, unpackProcesses } from '../../common/top/top-record.ts';

export interface RecordRing {
  add(record: TopRecord): void;
  /** Returns the newest record that contains the instant, or ended just before it; undefined when there is none. */
  at(timeMs: number): TopRecord | undefined;
  newest(): TopRecord | undefined;
  /** Returns all records, oldest first. */
  all(): TopRecord[];
  /** Returns the time from the first record to the last; undefined without records. */
  span(): { readonly fromMs: number; readonly toMs: number } | undefined;
}

export interface RecordRingOptions {
  readonly maxRecords: number;
  readonly slackMs: number;
}

interface PackedRecord {
  readonly fromMs: number;
  readonly toMs: number;
  readonly packed: string;
}

/** `slackMs`: how long before an instant a record may have ended that answers for it. */
export function createRecordRing({ maxRecords, slackMs }: RecordRingOptions): RecordRing {
  const records: PackedRecord[] = [];
  return {
    add({ from_ms: fromMs, to_ms: toMs, processes }) {
      records.push({ fromMs, toMs, packed: packProcesses(processes) });
      if (records.length > maxRecords) records.shift();
    },
    at(timeMs) {
      const found = records.findLast(({ fromMs }) => fromMs <= timeMs);
      return found !== undefined && timeMs <= found.toMs + slackMs ? unpack(found) : undefined;
    },
    newest() {
      const last = records.at(-1);
      return last && unpack(last);
    },
    all: () => records.map(unpack),
    span() {
      const [first, last] = [records[0], records.at(-1)];
      return first && last && { fromMs: first.fromMs, toMs: last.toMs };
    },
  };
}

function unpack({ fromMs, toMs, packed }: PackedRecord): TopRecord {
  return { from_ms: fromMs, to_ms: toMs, processes: unpackProcesses(packed) };
}
