/** Removes the remains of a killed backup: its partial archive, and its snapshot in the data folder of Prometheus. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DataDirectory } from '../../stack/data/data-directory.ts';
import { tryStartTicks } from '../../stack/process/orphans.ts';
import { listSnapshots } from './prometheus-snapshot.ts';

/** The file `backup.json`, which a backup writes before its first change and removes at its end. */
interface SavedRecord {
  readonly pid: number;
  readonly startTicks: string | undefined;
  /** The folder with the partial archive. */
  readonly staging: string;
  readonly startedAt: string;
  /** Names of the snapshots that existed when the backup started. */
  readonly snapshots: readonly string[];
  /** The name of the snapshot that this backup has created; absent until Prometheus has returned the name. */
  readonly snapshot?: string;
}

export interface BackupRecord {
  /** The folder for partial files, beside the archive: a rename within one file system completes the archive. */
  readonly staging: string;
  noteSnapshot(name: string): void;
  /** Removes the partial archive, the snapshot and `backup.json`, and keeps the finished archive. Idempotent. */
  clear(): void;
}

/** Removes the remains of a killed backup and records the new backup. Throws an `Error` while another backup runs. */
export function beginBackup(directory: DataDirectory, archive: string): BackupRecord {
  const file = recordFile(directory);
  clearDead(directory);
  const staging = join(dirname(archive), `.${basename(archive)}.partial-${process.pid}`);
  let record: SavedRecord = {
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

/** Returns undefined for a file that is not JSON, because a power loss has cut it short. */
function tryParseRecord(text: string): SavedRecord | undefined {
  try {
    return JSON.parse(text) as SavedRecord;
  } catch {
    return undefined;
  }
}

/** The longest time from the start of a backup to its snapshot: a backup copies the databases first. */
const maxCopyMs = 3_600_000;

/**
 * Returns whether the backup of the record has created the snapshot. If the backup was killed before it saved the name, a snapshot
 * belongs to it that did not exist before and whose name has a time at most an hour after the start.
 */
function isOwnSnapshot(name: string, { snapshot, snapshots, startedAt }: SavedRecord): boolean {
  if (snapshot !== undefined) return name === snapshot;
  const [, date, hours, minutes, seconds] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z-/.exec(name) ?? [];
  const day = date?.replace(/^(....)(..)/, '$1-$2-');
  const ageMs = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`) - Date.parse(startedAt);
  return !snapshots.includes(name) && ageMs > -1_000 && ageMs < maxCopyMs;
}

function clear(directory: DataDirectory, record: SavedRecord): void {
  const { staging } = record;
  rmSync(staging, { recursive: true, force: true });
  const { data } = directory.prometheus;
  for (const name of listSnapshots(data))
    if (isOwnSnapshot(name, record)) rmSync(join(data, 'snapshots', name), { recursive: true, force: true });
  const folder = join(data, 'snapshots');
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  rmSync(recordFile(directory), { force: true });
}
