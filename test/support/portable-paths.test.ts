/** Checks that every path of the repository can be checked out on Windows and macOS. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { caseCollisions, portabilityFault } from './portable-paths.ts';

const repository = join(import.meta.dirname, '..', '..');

/** Returns the tracked paths. In a source archive, which has no repository, returns every path but packages and build results. */
function readPaths(): string[] {
  if (!existsSync(join(repository, '.git'))) {
    return readdirSync(repository, { withFileTypes: true }).flatMap((entry) => {
      if (/^(?:node_modules|dist|data)$/.test(entry.name)) return [];
      const below = entry.isDirectory() ? readdirSync(join(repository, entry.name), { recursive: true }) : [];
      return [entry.name, ...below.map((path) => `${entry.name}/${String(path).replaceAll(sep, '/')}`)];
    });
  }
  // The checkout may belong to another user, as in a container.
  const { status, stdout, stderr } = spawnSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z'], {
    cwd: repository,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (status !== 0) throw new Error(`git ls-files: exit code ${status}: ${stderr}`);
  return stdout.split('\0').filter((path) => path !== '');
}

describe('the repository', () => {
  const paths = readPaths();

  test('has paths', () => expect(paths.length).toBeGreaterThan(1_000));

  test('has no path that Windows refuses', () => {
    const faults = paths.flatMap((path) => {
      const fault = portabilityFault(path);
      return fault === undefined ? [] : [`${path}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  test('has no two paths that differ in case alone', () => expect(caseCollisions(paths)).toEqual([]));
});

describe('portabilityFault', () => {
  test.each([
    ['udev/b8:0', 'the character ":"'],
    ['a*', 'the character "*"'],
    ['a?', 'the character "?"'],
    ['a"b', 'the character "\\""'],
    ['a<b', 'the character "<"'],
    ['a>b', 'the character ">"'],
    ['a|b', 'the character "|"'],
    ['a\\b', 'the character "\\\\"'],
    ['a\nb', 'the character "\\n"'],
    ['a./b', '"a." ends with a dot or a space'],
    ['a/b ', '"b " ends with a dot or a space'],
    ['docs/aux.md', '"aux.md" is the name of a device'],
    ['NUL', '"NUL" is the name of a device'],
    ['com1.tar.gz/a', '"com1.tar.gz" is the name of a device'],
    [`a/${'b'.repeat(199)}`, '201 characters, 200 at most'],
  ])('%j', (path, fault) => expect(portabilityFault(path)).toBe(fault));

  test.each(['docs/aux-channels.md', 'console/main.ts', 'com10', 'null', '.github/a b.yml', `a/${'b'.repeat(198)}`])(
    '%j has none',
    (path) => expect(portabilityFault(path)).toBeUndefined(),
  );
});

test('caseCollisions', () => {
  expect(caseCollisions(['a/B', 'a/b', 'c', 'd/\u00FC', 'd/u\u0308'])).toEqual([
    ['a/B', 'a/b'],
    ['d/\u00FC', 'd/u\u0308'],
  ]);
});
