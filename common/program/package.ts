/** The installed package: its root folder and its version, from source and from dist/ alike. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface PackageFile {
  readonly name?: string;
  readonly version?: string;
}

/** The folder of hostpulse's package.json, where prometheus.yml and rules/ are. Throws when the installation is broken. */
export function packageRoot(): string {
  return findPackage().root;
}

/** The version that package.json gives. */
export function readVersion(): string {
  return findPackage().version;
}

function findPackage(): { readonly root: string; readonly version: string } {
  for (const above of ['../..', '../../..']) {
    const root = join(import.meta.dirname, above);
    const found = tryPackageFile(join(root, 'package.json'));
    if (found?.name === 'hostpulse' && found.version !== undefined) return { root, version: found.version };
  }
  throw new Error(`no package.json of hostpulse above ${import.meta.dirname}`);
}

function tryPackageFile(file: string): PackageFile | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PackageFile;
  } catch {
    return undefined; // dist/ has none of its own: the folder above is asked next
  }
}
