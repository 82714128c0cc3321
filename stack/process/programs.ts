/** Finds Prometheus and Alertmanager: on PATH under any name that distributions give them, else below the data directory. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StartError } from '../../common/program/program.ts';

const suffix = process.platform === 'win32' ? '.exe' : '';

/** The program's path. Throws a `StartError` that says how to get it. */
export function findProgram(names: readonly [string, ...string[]], extraFolder: string): string {
  const found = tryFindProgram(names, extraFolder);
  if (found !== undefined) return found;
  throw new StartError(
    `${names.join(' or ')} is neither on PATH nor in ${extraFolder}; "npm start" brings it, or install it from your distribution`,
  );
}

/** The same; undefined where it is not installed. */
export function tryFindProgram(names: readonly [string, ...string[]], extraFolder: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), extraFolder];
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, `${name}${suffix}`);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
