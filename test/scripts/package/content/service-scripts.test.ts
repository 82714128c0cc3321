/** Tests the script that dpkg runs after a removal or a purge of the package. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { serviceScripts } from '../../../../scripts/package/content/service-scripts.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostpulse-postrm-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs postrm with the directories in a temporary folder, for a user and a unit that do not exist. */
function runPostrm(action: string): void {
  const { postrm } = serviceScripts({
    name: 'hostpulse-none',
    unit: 'hostpulse-none.service',
    user: 'hostpulse-none',
    configDirectory: join(root, 'etc'),
    stateDirectory: join(root, 'state'),
  });
  const harmless = postrm
    .replaceAll('/usr/bin/deb-systemd-helper', join(root, 'no-helper'))
    .replaceAll('/run/systemd/system', join(root, 'no-systemd'));
  const { status, stderr } = spawnSync('sh', ['-s', '--', action], { input: harmless, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
}

function write(path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), '');
}

test('a removal keeps settings and state', () => {
  write('etc/hostpulse.yml');
  write('state/data/hostpulse.db');
  runPostrm('remove');
  expect(existsSync(join(root, 'etc/hostpulse.yml'))).toBe(true);
  expect(existsSync(join(root, 'state/data/hostpulse.db'))).toBe(true);
});

test('a purge removes the state, and the directory of settings when dpkg has emptied it', () => {
  mkdirSync(join(root, 'etc'));
  write('state/data/hostpulse.db');
  runPostrm('purge');
  expect(existsSync(join(root, 'etc'))).toBe(false);
  expect(existsSync(join(root, 'state'))).toBe(false);
});

test('a purge keeps files that an administrator has put beside the settings', () => {
  write('etc/smtp-password');
  runPostrm('purge');
  expect(existsSync(join(root, 'etc/smtp-password'))).toBe(true);
});

test('a purge succeeds when the directories do not exist', () => {
  runPostrm('purge');
  expect(existsSync(root)).toBe(true);
});
