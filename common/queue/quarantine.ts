/** Moves a damaged queue file aside, so that an operator can examine it. */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Renames the file and its log to `<path>.damaged-<time>` and returns the new path. Deletes older damaged files, so that a
 * failing disk does not fill up.
 */
export function quarantine(path: string, nowMs: number): string {
  const folder = dirname(path);
  const mark = `${basename(path)}.damaged-`;
  for (const name of readdirSync(folder)) if (name.startsWith(mark)) rmSync(join(folder, name), { force: true });
  const aside = `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(/[-:.]/g, '')}`;
  renameSync(path, aside);
  for (const suffix of ['-wal', '-shm']) {
    try {
      renameSync(`${path}${suffix}`, `${aside}${suffix}`);
    } catch (error) {
      if (!Error.isError(error) || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return aside;
}
