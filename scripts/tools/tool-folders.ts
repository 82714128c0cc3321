/** Finds programs that are not npm packages, for tasks and tests. */
import { accessSync, constants, existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The folder that Debian packages are unpacked into. */
export const toolsDirectory = join(import.meta.dirname, '..', '..', 'data', 'tools');

/** The Debian suites whose programs hostpulse supports, oldest first. docs/operations.md lists their versions. */
export const suites = ['bookworm', 'trixie', 'forky'] as const;
export type Suite = (typeof suites)[number];

/** Returns the folder of the suite's programs. */
export function programsOf(suite: Suite): string {
  return join(toolsDirectory, suite, 'usr', 'bin');
}

/** Returns the path of a program by one of its names: on PATH, in Debian's PostgreSQL folders, or unpacked. */
export function tryProgramPath(names: readonly string[]): string | undefined {
  return tryFind(names, programFolders());
}

/** Returns the folders of shared libraries below a root with unpacked packages of this machine's architecture. */
export function libraryFolders(root: string): readonly [string, string] {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return [join(root, 'usr/lib', `${machine}-linux-gnu`), join(root, 'lib', `${machine}-linux-gnu`)];
}

/**
 * Creates a folder, unless the folder exists. Calls `fill` with a temporary folder and then renames the temporary folder, so that an
 * interrupted process leaves no incomplete folder. Errors of `fill` propagate.
 */
export function createCompleteFolder(folder: string, fill: (incomplete: string) => void): void {
  if (existsSync(folder)) return;
  const incomplete = `${folder}.new`;
  rmSync(incomplete, { recursive: true, force: true });
  mkdirSync(incomplete, { recursive: true });
  fill(incomplete);
  renameSync(incomplete, folder);
}

/** Returns whether a program is on PATH by one of its names. */
export function isOnPath(names: readonly string[]): boolean {
  return tryFind(names, pathFolders()) !== undefined;
}

function tryFind(names: readonly string[], folders: readonly string[]): string | undefined {
  return folders
    .flatMap((folder) => names.map((name) => join(folder, process.platform === 'win32' ? `${name}.exe` : name)))
    .find(isExecutable);
}

function pathFolders(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/**
 * Returns the folders with programs in order of preference: the folders of PATH, the folders of PostgreSQL (Debian installs each version
 * into a folder outside PATH), the unpacked suites, the unpacked packages from the sources of this machine. Newer versions come first.
 */
export function programFolders(): readonly string[] {
  const version = (folder: string): number => Number(/(\d+)\/bin$/.exec(folder)?.[1]);
  const postgres = globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) => version(b) - version(a));
  return [...pathFolders(), ...postgres, ...suites.map(programsOf).toReversed(), join(toolsDirectory, 'usr', 'bin')];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
