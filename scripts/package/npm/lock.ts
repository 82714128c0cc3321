/** Reads package-lock.json, which pins the npm packages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

export interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: string | readonly string[];
}

/** The packages by place: `a`, or `a/node_modules/b` for a version of b that only a uses. The place of hostpulse is `''`. */
export type Lock = ReadonlyMap<string, LockedPackage>;

export function readLock(): Lock {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return new Map(Object.entries(packages).map(([place, locked]) => [place.replace(/^node_modules\//, ''), locked]));
}

/** Returns the name of the package at a place: `b` for `a/node_modules/b`. */
export function nameAt(place: string): string {
  return place.split('/node_modules/').at(-1) as string;
}

export interface Target {
  readonly os: 'linux';
  readonly cpu: 'x64' | 'arm64';
  readonly libc: 'glibc';
}

/**
 * Returns the sorted places of the given packages and of all their direct and indirect dependencies. Skips packages for other systems.
 * Throws when the lock file lacks a package.
 */
export function placesFor(lock: Lock, names: readonly string[], target: Target): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string, user: string): void => {
    const place = resolvePlace(lock, name, user);
    if (place === undefined) throw new Error(`package-lock.json has no ${name}, which ${user || 'package.json'} needs`);
    const locked = lock.get(place) as LockedPackage;
    if (found.has(place) || !fits(locked, target)) return;
    found.add(place);
    for (const each of neededBy(locked)) visit(each, place);
  };
  for (const name of names) visit(name, '');
  return [...found].sort();
}

/** Returns the names of the dependencies that npm installs with the package, which include non-optional peer dependencies. */
function neededBy(locked: LockedPackage): readonly string[] {
  const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = locked;
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...new Set([...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers])];
}

/**
 * Returns the place of the package that Node loads for the package at the place `user`. Node searches the node_modules folder of the
 * user, then the node_modules folder of each enclosing package. Source: https://nodejs.org/api/modules.html#loading-from-node_modules-folders
 */
function resolvePlace(lock: Lock, name: string, user: string): string | undefined {
  for (let around = user; around !== ''; ) {
    const place = `${around}/node_modules/${name}`;
    if (lock.has(place)) return place;
    const end = around.lastIndexOf('/node_modules/');
    around = end === -1 ? '' : around.slice(0, end);
  }
  return lock.has(name) ? name : undefined;
}

function fits({ os, cpu, libc }: LockedPackage, target: Target): boolean {
  const allows = (listed: string | readonly string[] | undefined, value: string): boolean =>
    listed === undefined || [listed].flat().includes(value);
  return allows(os, target.os) && allows(cpu, target.cpu) && allows(libc, target.libc);
}
