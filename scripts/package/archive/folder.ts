/** Reads entries from folders of this machine. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './entry.ts';

/**
 * Returns the file at `path` below `base`, or the files in the folder at `path`, as entries with paths relative to `base`. Keeps only
 * whether a file is executable, because other permissions depend on the machine. Skips links.
 */
export function readEntries(
  base: string,
  path: string,
  isWanted: (path: string) => boolean = () => true,
): readonly Entry[] {
  const found = lstatSync(join(base, path));
  if (found.isDirectory())
    return readdirSync(join(base, path)).flatMap((name) =>
      readEntries(base, path === '' ? name : `${path}/${name}`, isWanted),
    );
  if (!found.isFile() || !isWanted(path)) return [];
  return [{ path, mode: (found.mode & 0o100) === 0 ? 0o644 : 0o755, content: readFileSync(join(base, path)) }];
}

/** Returns the entries with the folder in front of their paths. */
export function below(folder: string, entries: readonly Entry[]): readonly Entry[] {
  return entries.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }));
}
