/** Stores the records of the busiest processes until the gateway has accepted them, in the file of the push buffer. */
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, preparer } from '../../../common/queue/queue-file.ts';
import { packProcesses, type TopRecord, unpackProcesses } from '../../../common/top/top-record.ts';

export interface StoredTopRecord {
  /** Ascending. */
  readonly id: number;
  readonly record: TopRecord;
}

/** Every method throws SQLite's error when disk or file is at fault, and then changes nothing. */
export interface TopTable {
  /** Appends records, and deletes the oldest beyond the bounds of the table. Returns the number of deleted records. */
  append(records: readonly TopRecord[]): number;
  /** Returns the oldest records. A record that cannot be read is deleted. */
  read(maxRecords: number): readonly StoredTopRecord[];
  /** Deletes the records up to this id. */
  remove(lastId: number): void;
}

/** The gateway keeps records for 48 h, one a minute. */
const maxRecords = 2_880;

/** Versions of hostpulse without this table ignore it, so the version of the file stays. */
const schema = `
  create table if not exists top_records (
    id integer primary key autoincrement, from_ms integer not null, to_ms integer not null, body text not null) strict`;

export function createTopTable(db: DatabaseSync): TopTable {
  db.exec(schema);
  const statement = preparer(db);
  const insert = statement('insert into top_records (from_ms, to_ms, body) values (?, ?, ?)');
  const select = statement('select id, from_ms, to_ms, body from top_records order by id limit ?');
  const removeOne = statement('delete from top_records where id = ?');
  const removeUpTo = statement('delete from top_records where id <= ?');
  const trim = statement(
    `delete from top_records where id <= (select id from top_records order by id desc limit 1 offset ${maxRecords})`,
  );
  return {
    append: (records) =>
      inTransaction(db, () => {
        for (const { from_ms: fromMs, to_ms: toMs, processes } of records)
          insert.run(fromMs, toMs, packProcesses(processes));
        return Number(trim.run().changes);
      }),
    read(limit) {
      const stored: StoredTopRecord[] = [];
      for (const row of select.all(limit) as unknown as readonly Row[]) {
        const record = tryRecord(row);
        if (record === undefined) removeOne.run(row.id);
        else stored.push({ id: row.id, record });
      }
      return stored;
    },
    remove: (lastId) => void removeUpTo.run(lastId),
  };
}

interface Row {
  readonly id: number;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly body: string;
}

/** Returns undefined for a text that a failing disk has damaged. */
function tryRecord({ from_ms, to_ms, body }: Row): TopRecord | undefined {
  try {
    return { from_ms, to_ms, processes: unpackProcesses(body) };
  } catch {
    return undefined;
  }
}
