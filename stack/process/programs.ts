/** Finds Prometheus and Alertmanager: on PATH under any name that distributions use, else unpacked below a data directory. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../../common/program/package.ts';
import { StartError } from '../../common/program/program.ts';

const suffix = process.platform === 'win32' ? '.exe' : '';

export interface ProgramSearch {
  readonly names: readonly [string, ...string[]];
  /** Searched after PATH. The last folder searched is the package's `data/tools`, where `npm start` unpacks programs. */
  readonly folder: string;
}

/** Returns the program's path. Throws a `StartError` that says how to get it. */
export function findProgram(search: ProgramSearch): string {
  const found = tryFindProgram(search);
  if (found !== undefined) return found;
  const folders = unpackedFolders(search).join(' nor in ');
  const names = search.names.join(' or ');
  throw new StartError(
    `${names} is neither on PATH nor in ${folders}; "npm start" downloads it, or install it from your distribution`,
  );
}

/** Returns the program's path; undefined when it is not installed. */
export function tryFindProgram(search: ProgramSearch): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...onPath, ...unpackedFolders(search)]
    .flatMap((folder) => search.names.map((name) => join(folder, `${name}${suffix}`)))
    .find(isExecutable);
}

function unpackedFolders({ folder }: ProgramSearch): readonly string[] {
  return [...new Set([folder, join(packageRoot(), 'data', 'tools', 'usr', 'bin')])];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
