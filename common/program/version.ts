/** The version of the package that this file belongs to, from source and from dist/ alike. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface PackageFile {
  readonly name?: string;
  readonly version?: string;
}

/** Reads the nearest hostpulse package.json above this file. Throws when there is none: the installation is broken. */
export function readVersion(): string {
  for (const above of ['../..', '../../..']) {
    const file = join(import.meta.dirname, above, 'package.json');
    const found = tryPackageFile(file);
    if (found?.name === 'hostpulse' && found.version !== undefined) return found.version;
  }
  throw new Error(`no package.json of hostpulse above ${import.meta.dirname}`);
}

function tryPackageFile(file: string): PackageFile | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PackageFile;
  } catch {
    return undefined; // dist/ has none of its own: the one above is asked next
  }
}
