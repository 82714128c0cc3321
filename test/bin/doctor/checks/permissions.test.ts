/** Tests that a secret is a fault when the modes of the file and of all folders above permit other users to open the file. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { judgeSecret } from '../../../../bin/doctor/checks/permissions.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostpulse-permissions-'));
  mkdirSync(join(root, 'data'));
});
afterEach(() => rmSync(root, { recursive: true }));

function messagesFor(folderMode: number, fileMode: number, path = join(root, 'data', 'relay.yml')): readonly string[] {
  writeFileSync(join(root, 'data', 'relay.yml'), '');
  chmodSync(join(root, 'data', 'relay.yml'), fileMode);
  chmodSync(join(root, 'data'), folderMode);
  chmodSync(root, 0o755);
  const stat = statSync(path);
  return judgeSecret(path, stat, stat.uid).map(({ message }) => message);
}

test.each([
  [0o755, 0o644, 'can be read by every user of this machine (mode 0644)'],
  [0o711, 0o604, 'can be read by every user of this machine (mode 0604)'],
  [0o755, 0o660, 'can be changed by its group'],
  [0o750, 0o660, 'can be changed by its group'],
])('folder %o, file %o: a fault', (folderMode, fileMode, message) => {
  expect(messagesFor(folderMode, fileMode)).toEqual([`${join(root, 'data', 'relay.yml')} ${message}`]);
});

test.each([
  [0o700, 0o644],
  [0o700, 0o666],
  [0o750, 0o644],
  [0o755, 0o600],
  [0o755, 0o640],
])('folder %o, file %o: no fault', (folderMode, fileMode) => {
  expect(messagesFor(folderMode, fileMode)).toEqual([]);
});

test('a link is a fault when the folders of its target permit access', () => {
  const link = join(root, 'link.yml');
  symlinkSync(join(root, 'data', 'relay.yml'), link);
  expect(messagesFor(0o700, 0o644, link)).toEqual([]);
  expect(messagesFor(0o755, 0o644, link)).toHaveLength(1);
});

test('a secret is no fault when any folder above denies access', () => {
  expect(messagesFor(0o755, 0o644)).toHaveLength(1);
  chmodSync(root, 0o700);
  const path = join(root, 'data', 'relay.yml');
  expect(judgeSecret(path, statSync(path), statSync(path).uid)).toEqual([]);
});
