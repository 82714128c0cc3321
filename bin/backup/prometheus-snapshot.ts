/**
 * The data of a running Prometheus: a snapshot by its API. A snapshot lacks samples that came out of order and are not in a block
 * yet; their log, `wbl`, and the log of their series, `wal`, are added as hard links.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/api/#snapshot
 */
import { linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { listFiles } from './contents.ts';

export interface SnapshotOptions {
  /** The data folder of Prometheus. */
  readonly data: string;
  readonly url: string;
  readonly authorization: string;
  readonly signal: AbortSignal;
}

const limitMs = 30 * 60_000;

/** Creates a snapshot and returns its folder. Throws an `Error` when Prometheus refuses. */
export async function createSnapshot({ data, url, authorization, signal }: SnapshotOptions): Promise<string> {
  const response = await fetch(`${url}/api/v1/admin/tsdb/snapshot`, {
    method: 'POST',
    headers: { authorization },
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new Error(`Prometheus at ${url} does not answer`, { cause });
  });
  const body = (await response.json()) as { readonly data?: { readonly name?: string }; readonly error?: string };
  const name = body.data?.name;
  if (name === undefined) throw new Error(`Prometheus refuses the snapshot: ${body.error ?? response.status}`);
  const folder = join(data, 'snapshots', name);
  linkLogs(data, folder);
  return folder;
}

/** Samples in the log are also in the blocks of the snapshot: Prometheus skips them. */
function linkLogs(data: string, snapshot: string): void {
  if (listFiles(join(data, 'wbl')).every((file) => statSync(file).size === 0)) return;
  for (const name of ['wal', 'wbl']) linkFolder(join(data, name), join(snapshot, name));
}

const attempts = 20;

/** Links every file of the folder. Repeats when Prometheus removes or adds a segment meanwhile. */
function linkFolder(source: string, target: string): void {
  for (let attempt = 1; ; attempt += 1) {
    const before = listSegments(source);
    try {
      for (const file of before) {
        const place = join(target, relative(source, file));
        mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
        linkSync(file, place);
      }
      if (listSegments(source).join() === before.join()) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === attempts) throw error;
    }
    if (attempt === attempts) throw new Error(`${source} changes too often to be copied; try again`);
    rmSync(target, { recursive: true, force: true });
  }
}

/** Leaves out a checkpoint that is not complete. */
function listSegments(folder: string): readonly string[] {
  return listFiles(folder).filter((file) => !relative(folder, file).includes('.tmp'));
}

/** Returns the names of the snapshots that exist. */
export function listSnapshots(data: string): readonly string[] {
  const folder = join(data, 'snapshots');
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
}
