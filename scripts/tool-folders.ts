/** Where programs that are not npm packages are found, by tasks and tests alike. */
import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's packages are unpacked here, as below `/`. */
export const toolsDirectory = join(import.meta.dirname, '..', 'data', 'tools');

/** The path of a program under any of its names: on PATH, where Debian keeps PostgreSQL's, or unpacked. */
export function tryProgramPath(names: readonly string[]): string | undefined {
  return programFolders()
    .flatMap((folder) => names.map((name) => join(folder, process.platform === 'win32' ? `${name}.exe` : name)))
    .find(isExecutable);
}

/** In the order of preference. PostgreSQL's programs are kept by version, off PATH: the newest first. */
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
