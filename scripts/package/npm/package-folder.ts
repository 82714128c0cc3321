/** Finds the files of npm packages in node_modules, or downloads the packages. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type LockedPackage, readLock } from './lock.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** Returns the folder of the package at a place of the lock file. Downloads a package that npm skips because it is for another system. */
export function packageFolder(place: string): string {
  const installed = join(root, 'node_modules', place);
  return existsSync(join(installed, 'package.json')) ? installed : downloadPackage(place);
}

/** Returns the folder of the package. Downloads the package once. Throws when the checksum differs from the lock file. */
export function downloadPackage(name: string): string {
  const { version, integrity } = readLock().get(name) as LockedPackage;
  const folder = join(root, 'data', 'runtimes', `${name.replace('/', '-')}-${version}`);
  if (existsSync(join(folder, 'package.json'))) return folder;
  process.stderr.write(`hostpulse: downloading ${name} ${version} (once)\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const npm = { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' } as const;
  execFileSync('npm', ['pack', `${name}@${version}`, '--silent'], npm);
  const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
  const archive = join(folder, file);
  const got = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (got !== integrity) throw new Error(`${name}@${version}: the checksum is ${got}, expected ${integrity}`);
  execFileSync('tar', ['xzf', file, '--strip-components=1'], { cwd: folder });
  rmSync(archive);
  return folder;
}
