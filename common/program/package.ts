/** The root folder and the version of the installed package, whether run from sources, from dist/ or as a single executable. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface PackageFile {
  readonly name?: string;
  readonly version?: string;
}

/** Returns the folder with package.json, prometheus.yml and rules/. Throws when the installation is incomplete. */
export function packageRoot(): string {
  return findPackage().root;
}

/** Returns the version in package.json, which a single executable contains as an asset. */
export function readVersion(): string {
  const { isSea, getAsset } = process.getBuiltinModule('node:sea');
  if (!isSea()) return findPackage().version;
  return (JSON.parse(getAsset('package.json', 'utf8')) as { version: string }).version;
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
    return undefined; // dist/ has no package.json: the parent folder is next
  }
}
