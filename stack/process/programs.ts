/**
 * Finds Prometheus and Alertmanager: those of hostpulse's own package, else on PATH under any name that distributions use, else
 * unpacked below a data directory.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../../common/program/package.ts';
import { StartError } from '../../common/program/program.ts';

const suffix = process.platform === 'win32' ? '.exe' : '';

export interface ProgramSearch {
  readonly names: readonly [string, ...string[]];
  /** Searched after the package's own programs and PATH. Searched last is the package's `data/tools`, where `npm start` unpacks programs: the newest first. */
  readonly folder: string;
}

/** Returns the program's path. Throws a `StartError` that says how to get it. */
export function findProgram(search: ProgramSearch): string {
  const found = tryFindProgram(search);
  if (found !== undefined) return found;
  const folders = `${search.folder} nor in ${unpackedRoot()}`;
  const names = search.names.join(' or ');
  throw new StartError(
    `${names} is neither on PATH nor in ${folders}; "npm start" downloads it, or install it from your distribution`,
  );
}

/** Returns the program's path; undefined when it is not installed. */
export function tryFindProgram(search: ProgramSearch): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [packagedFolder(), ...onPath, ...unpackedFolders(search)]
    .flatMap((folder) => search.names.map((name) => join(folder, `${name}${suffix}`)))
    .find(isExecutable);
}

/** The pinned programs of the server's packages (scripts/package/server/). A clone and the npm package have none. */
function packagedFolder(): string {
  return join(packageRoot(), 'programs', 'usr', 'bin');
}

function unpackedRoot(): string {
  return join(packageRoot(), 'data', 'tools');
}

/** Subfolders of `data/tools`: Debian suites, and the packages of the machine's own sources. */
const unpackedSets = ['forky', 'trixie', 'bookworm', ''];

function unpackedFolders({ folder }: ProgramSearch): readonly string[] {
  const sets = unpackedSets.map((set) => join(unpackedRoot(), set, 'usr', 'bin'));
  // In a checkout, the data directory is the package's own: its programs are the oldest.
  return [...new Set(sets.includes(folder) ? sets : [folder, ...sets])];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
