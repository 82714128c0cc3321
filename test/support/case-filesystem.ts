/**
 * Creates a filesystem collector that takes usages from a case's `statfs.json` instead of this machine's statfs(2). The file
 * has `[size, free, avail, files, filesFree]` or an error text by path; `*` applies to all other paths.
 */
import { readFileSync } from 'node:fs';
import type { Collector } from '../../exporter/collector/collector.ts';
import type { UsageReading } from '../../exporter/collectors/filesystem/filesystem-usage.ts';
import { decodePath } from '../../exporter/collectors/filesystem/host-path.ts';
import { createFilesystem } from '../../exporter/collectors/filesystem.ts';

type Entry = readonly [number, number, number, number, number] | string;

export function createCaseFilesystem(path: string): Collector {
  const entries = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Entry>;
  const read = (bytePath: string) => {
    const mountPoint = decodePath(bytePath);
    return readingOf(entries[mountPoint] ?? entries['*'], mountPoint);
  };
  return createFilesystem({
    readLocal: (path) => Promise.resolve(read(path)),
    createProber: () => ({ readAll: (paths) => Promise.resolve(new Map(paths.map((each) => [each, read(each)]))) }),
  });
}

function readingOf(entry: Entry | undefined, mountPoint: string): UsageReading {
  if (entry === undefined) throw new Error(`statfs.json has no entry for ${mountPoint}`);
  if (typeof entry === 'string') return { fault: entry };
  const [sizeBytes, freeBytes, availBytes, files, filesFree] = entry;
  return { usage: { sizeBytes, freeBytes, availBytes, files, filesFree } };
}
