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
  const record = JSON.parse(readFileSync(file, 'utf8')) as Record;
  const { pid, startTicks } = record;
  if (startTicks !== undefined && tryStartTicks(pid) === startTicks)
    throw new Error(`another backup of ${directory.root} runs (process ${pid}); wait for its end`);
  clear(directory, record);
}

function clear(directory: DataDirectory, { staging, snapshots, snapshot }: Record): void {
  rmSync(staging, { recursive: true, force: true });
  const { data } = directory.prometheus;
  const isOwn = (name: string): boolean => (snapshot === undefined ? !snapshots.includes(name) : name === snapshot);
  for (const name of listSnapshots(data))
    if (isOwn(name)) rmSync(join(data, 'snapshots', name), { recursive: true, force: true });
  const folder = join(data, 'snapshots');
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  rmSync(recordFile(directory), { force: true });
}
