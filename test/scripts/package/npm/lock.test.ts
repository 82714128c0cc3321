import { describe, expect, test } from '@jest/globals';
import { type LockedPackage, nameAt, placesFor, readLock } from '../../../../scripts/package/npm/lock.ts';

const target = { os: 'linux', cpu: 'x64', libc: 'glibc' } as const;
const version = '1.0.0';

function lockOf(packages: Readonly<Record<string, Omit<LockedPackage, 'version'>>>): Map<string, LockedPackage> {
  return new Map(Object.entries(packages).map(([place, locked]) => [place, { version, ...locked }]));
}

describe('placesFor', () => {
  test('follows dependencies, and finds the version beside the user first', () => {
    const lock = lockOf({
      a: { dependencies: { b: '1', c: '1' } },
      b: { dependencies: { c: '2' } },
      c: {},
      'b/node_modules/c': { dependencies: { d: '1' } },
      d: { dependencies: { a: '1' } },
      unused: {},
    });
    expect(placesFor(lock, ['a'], target)).toEqual(['a', 'b', 'b/node_modules/c', 'c', 'd']);
  });

  test('leaves out optional packages of other systems', () => {
    const lock = lockOf({
      a: { optionalDependencies: { gnu: '1', musl: '1', arm: '1', mac: '1' } },
      gnu: { os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
      musl: { os: ['linux'], cpu: ['x64'], libc: ['musl'] },
      arm: { os: 'linux', cpu: 'arm64' },
      mac: { os: ['darwin'] },
    });
    expect(placesFor(lock, ['a'], target)).toEqual(['a', 'gnu']);
    expect(placesFor(lock, ['a'], { ...target, cpu: 'arm64' })).toEqual(['a', 'arm']);
  });

  test('follows peer dependencies, unless they are optional', () => {
    const lock = lockOf({
      a: { peerDependencies: { b: '1', c: '1' }, peerDependenciesMeta: { c: { optional: true } } },
      b: {},
      c: {},
    });
    expect(placesFor(lock, ['a'], target)).toEqual(['a', 'b']);
  });

  test('names the package that the lock file lacks, and its user', () => {
    expect(() => placesFor(lockOf({ a: { dependencies: { b: '1' } } }), ['a'], target)).toThrow(
      'package-lock.json has no b, which a needs',
    );
  });

  test('finds the binary of resvg for each processor in the own lock file', () => {
    const find = (cpu: 'x64' | 'arm64'): readonly string[] =>
      placesFor(readLock(), ['@resvg/resvg-js'], { ...target, cpu });
    expect(find('x64')).toEqual(['@resvg/resvg-js', '@resvg/resvg-js-linux-x64-gnu']);
    expect(find('arm64')).toEqual(['@resvg/resvg-js', '@resvg/resvg-js-linux-arm64-gnu']);
  });
});

test('nameAt returns the name of a nested package', () => {
  expect(['a', 'a/node_modules/@b/c'].map(nameAt)).toEqual(['a', '@b/c']);
});
