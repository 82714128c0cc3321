/** Entries from folders of this machine. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './entry.ts';

/**
 * Returns the files at the path below `base`, which is a file or a folder, as entries with the same paths. A file is executable
 * or not; other permissions depend on the machine. Links are left out.
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

/** Returns the entries below the folder. */
export function below(folder: string, entries: readonly Entry[]): readonly Entry[] {
  return entries.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }));
}
