/** Finds programs that are not npm packages, for tasks and tests. */
import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The folder that Debian packages are unpacked into. */
export const toolsDirectory = join(import.meta.dirname, '..', '..', 'data', 'tools');

/** Returns the path of a program by one of its names: on PATH, in Debian's PostgreSQL folders, or unpacked. */
export function tryProgramPath(names: readonly string[]): string | undefined {
  return programFolders()
    .flatMap((folder) => names.map((name) => join(folder, process.platform === 'win32' ? `${name}.exe` : name)))
    .find(isExecutable);
}

/** Returns the folders in order of preference. Debian installs PostgreSQL outside PATH, one folder per version: the newest first. */
export function programFolders(): readonly string[] {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const version = (folder: string): number => Number(/(\d+)\/bin$/.exec(folder)?.[1]);
  const postgres = globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) => version(b) - version(a));
  return [...onPath, ...postgres, join(toolsDirectory, 'usr', 'bin')];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
