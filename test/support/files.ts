/** Lists files without following links. Node's recursive readdir follows links, and sysfs links to parent folders. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the regular files at or below a path, sorted by name; empty if the path does not exist. */
export function listFiles(place: string): string[] {
  if (!existsSync(place)) return [];
  if (statSync(place).isFile()) return [place];
  return readdirSync(place, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(place, entry.name);
      if (entry.isDirectory()) return listFiles(path);
      return entry.isFile() ? [path] : [];
    });
}
