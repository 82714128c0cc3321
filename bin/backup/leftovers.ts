/** Removes the remains of a backup that was killed: its partial files, and its snapshot in the data of Prometheus. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DataDirectory } from '../../stack/data/data-directory.ts';
import { tryStartTicks } from '../../stack/process/orphans.ts';
import { listSnapshots } from './prometheus-snapshot.ts';

/** Written before the first change, removed at the end. */
interface Record {
  readonly pid: number;
  readonly startTicks: string | undefined;
  /** The folder with the partial archive. */
  readonly staging: string;
  readonly startedAt: string;
  /** Snapshots that existed before. */
  readonly snapshots: readonly string[];
  /** The name of this backup's snapshot; absent until Prometheus has returned it. */
  readonly snapshot?: string;
}

export interface BackupRecord {
  /** The folder for partial files, beside the archive: a rename within one file system completes the archive. */
  readonly staging: string;
  noteSnapshot(name: string): void;
  /** Removes everything that the backup has created, except the archive. Idempotent. */
  clear(): void;
}

/** Clears the remains of an earlier backup and records this one. Throws an `Error` while another backup runs. */
export function beginBackup(directory: DataDirectory, archive: string): BackupRecord {
  const file = recordFile(directory);
  clearDead(directory);
  const staging = join(dirname(archive), `.${basename(archive)}.partial-${process.pid}`);
  let record: Record = {
    pid: process.pid,
    startTicks: tryStartTicks(process.pid),
    staging,
    startedAt: new Date().toISOString(),
    snapshots: listSnapshots(directory.prometheus.data),
  };
  const save = (): void => writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
  save();
  return {
    staging,
    noteSnapshot(name) {
      record = { ...record, snapshot: name };
      save();
    },
    clear: () => clear(directory, record),
  };
}

function recordFile({ root }: DataDirectory): string {
  return join(root, 'backup.json');
}

function clearDead(directory: DataDirectory): void {
  const file = recordFile(directory);
  if (!existsSync(file)) return;
  const record = tryParseRecord(readFileSync(file, 'utf8'));
  if (record === undefined) return rmSync(file);
  const { pid, startTicks } = record;
  if (startTicks !== undefined && tryStartTicks(pid) === startTicks)
    throw new Error(`another backup of ${directory.root} runs (process ${pid}); wait for its end`);
  clear(directory, record);
}

/** Returns undefined for a file that a power loss has cut short. */
function tryParseRecord(text: string): Record | undefined {
  try {
    return JSON.parse(text) as Record;
  } catch {
    return undefined;
  }
}

/** A backup asks for its snapshot once the databases are copied. */
const maxCopyMs = 3_600_000;

/** Without the name of its snapshot, a backup owns a new one whose name has a time soon after the start. */
function isOwnSnapshot(name: string, { snapshot, snapshots, startedAt }: Record): boolean {
  if (snapshot !== undefined) return name === snapshot;
  const [, date, hours, minutes, seconds] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z-/.exec(name) ?? [];
  const day = date?.replace(/^(....)(..)/, '$1-$2-');
  const ageMs = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`) - Date.parse(startedAt);
  return !snapshots.includes(name) && ageMs > -1_000 && ageMs < maxCopyMs;
}

function clear(directory: DataDirectory, record: Record): void {
  const { staging } = record;
  rmSync(staging, { recursive: true, force: true });
  const { data } = directory.prometheus;
  for (const name of listSnapshots(data))
    if (isOwnSnapshot(name, record)) rmSync(join(data, 'snapshots', name), { recursive: true, force: true });
  const folder = join(data, 'snapshots');
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  rmSync(recordFile(directory), { force: true });
}
