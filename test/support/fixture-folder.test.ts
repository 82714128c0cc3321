/** Folders and their archives: a tree that is packed and unpacked is the same tree. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { packFolder, unpackArchive, unpackCase } from './fixture-folder.ts';

const work = mkdtempSync(join(tmpdir(), 'fixture-folder-'));
const [tree, caseFolder, unpacked] = [join(work, 'tree'), join(work, 'case'), join(work, 'unpacked')];
const archive = join(caseFolder, 'host.txt');
afterAll(() => rmSync(work, { recursive: true, force: true }));

const contents: Readonly<Record<string, Buffer>> = {
  'proc/loadavg': Buffer.from('0.15 0.20 0.30 1/2 3\n'),
  'proc/empty': Buffer.alloc(0),
  'proc/My Disk\t(1)': Buffer.from('no newline'),
  'sys/all-bytes': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
};

beforeEach(() => {
  for (const folder of [tree, caseFolder, unpacked]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(tree, 'proc'), { recursive: true });
  mkdirSync(join(tree, 'sys/class/net'), { recursive: true });
  for (const [path, content] of Object.entries(contents)) writeFileSync(join(tree, path), content);
  symlinkSync('../..', join(tree, 'sys/class/device'));
  symlinkSync('nowhere', join(tree, 'sys/class/dangling'));
});

function expectTree(folder: string): void {
  for (const [path, content] of Object.entries(contents)) expect(readFileSync(join(folder, path))).toEqual(content);
  expect(readlinkSync(join(folder, 'sys/class/device'))).toBe('../..');
  expect(readlinkSync(join(folder, 'sys/class/dangling'))).toBe('nowhere');
  expect(lstatSync(join(folder, 'sys/class/net')).isDirectory()).toBe(true);
}

test('a folder is packed and unpacked', () => {
  packFolder(tree, archive);
  unpackArchive(archive, unpacked);
  expectTree(unpacked);
  const again = join(work, 'again.txt');
  packFolder(unpacked, again);
  expect(readFileSync(again, 'utf8')).toBe(readFileSync(archive, 'utf8'));
});

test('an error names the archive', () => {
  mkdirSync(caseFolder);
  writeFileSync(archive, 'x\n');
  expect(() => unpackArchive(archive, unpacked)).toThrow(`${archive}: line 1: expected`);
  writeFileSync(archive, Buffer.from([0xe4]));
  expect(() => unpackArchive(archive, unpacked)).toThrow(`${archive}: The encoded data was not valid`);
});

test('a pipe is refused', () => {
  expect(spawnSync('mkfifo', [join(tree, 'proc/pipe')]).status).toBe(0);
  expect(() => packFolder(tree, archive)).toThrow(`${join(tree, 'proc/pipe')}: expected a file, a folder or a link`);
  expect(existsSync(archive)).toBe(false);
});

describe('unpackCase', () => {
  test('brings statfs.json and no expectations', () => {
    packFolder(tree, archive);
    writeFileSync(join(caseFolder, 'statfs.json'), '{}');
    writeFileSync(join(caseFolder, 'expected.prom'), '');
    unpackCase(caseFolder, unpacked);
    expectTree(unpacked);
    expect(readFileSync(join(unpacked, 'statfs.json'), 'utf8')).toBe('{}');
    expect(existsSync(join(unpacked, 'expected.prom'))).toBe(false);
  });

  test('makes an empty folder of a case without an archive', () => {
    mkdirSync(caseFolder);
    unpackCase(caseFolder, unpacked);
    expect(existsSync(unpacked)).toBe(true);
  });

  test('refuses a case that does not exist', () => {
    expect(() => unpackCase(caseFolder, unpacked)).toThrow(`no case ${caseFolder}`);
  });
});

describe('the command', () => {
  const command = (...args: string[]) => {
    const options = { encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'fixtures.ts'), ...args],
      options,
    );
    return [status, stdout + stderr];
  };

  test('packs a folder into a case and unpacks it', () => {
    expect(command('pack', tree, caseFolder)).toEqual([0, `${archive}: 7 entries of ${tree}\n`]);
    expect(command('unpack', caseFolder, unpacked)).toEqual([0, `${unpacked}: 7 entries of ${archive}\n`]);
    expectTree(unpacked);
    expect(command('unpack', caseFolder, unpacked)).toEqual([1, `${unpacked}: expected an empty folder\n`]);
  });

  test.each([[[]], [['unpack', 'a']], [['mend', 'a', 'b']], [['pack', 'a', 'b', 'c']]])('%j is not known', (args) => {
    expect(command(...args)).toEqual([2, expect.stringContaining('usage: node test/support/fixtures.ts unpack')]);
  });
});
