/** Where tests find the real programs: on PATH, else unpacked under data/tools by `npm test`'s preparation. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const repository = join(import.meta.dirname, '..', '..');
const toolsDirectory = join(repository, 'data', 'tools', 'usr', 'bin');

/** The absolute path of a program under any of its names; throws an Error that names where it looked. */
export function binaryPath(...names: readonly [string, ...string[]]): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), toolsDirectory];
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, name);
      if (isExecutable(path)) return path;
    }
  }
  throw new Error(`${names.join(' or ')} is neither on PATH nor in ${toolsDirectory}: npm test installs it there`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
