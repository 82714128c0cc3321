/** What other commands read of a stack: nothing where none runs, its addresses where one does. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dataDirectory } from '../../stack/data/data-directory.ts';
import { acquireLock } from '../../stack/data/lock.ts';
import { portsWithOffset } from '../../stack/ports.ts';
import { readStackFlags } from '../../stack/running.ts';
import { renderStackFile } from '../../stack/summary.ts';
import { runCli } from '../support/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-running-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeStack(): void {
  const directory = dataDirectory(folder);
  writeFileSync(directory.stackFile, renderStackFile(directory, { ...portsWithOffset(1_234), prometheus: 1 }));
  mkdirSync(directory.prometheus.folder);
  writeFileSync(directory.prometheus.password, 'very-secret\n');
  writeFileSync(directory.relayConfig, 'channels: {team: {type: webhook, url: "http://127.0.0.1:1/"}}\n');
}

test('addresses are those of the stack that runs', () => {
  expect(readStackFlags(folder)).toEqual({
    isRunning: false,
    flags: { 'database.path': join(folder, 'hostpulse.db') },
    relayFlags: { 'database.path': join(folder, 'hostpulse.db') },
  });
  writeStack();
  expect(readStackFlags(folder)).toEqual({
    isRunning: true,
    gateway: { url: 'http://127.0.0.1:10414', adminKeyFile: join(folder, 'admin-key') },
    pid: String(process.pid),
    flags: {
      'database.path': join(folder, 'hostpulse.db'),
      'public-url': 'http://127.0.0.1:10414',
      'prometheus.url': 'http://127.0.0.1:1',
      'prometheus.basic-auth.username': 'hostpulse',
      'prometheus.basic-auth.password-file': join(folder, 'prometheus', 'prometheus-password'),
      'retention.prometheus-data-dir': join(folder, 'prometheus', 'data'),
    },
    relayFlags: {
      'config.file': join(folder, 'relay.yml'),
      'database.path': join(folder, 'hostpulse.db'),
      'public-url': 'http://127.0.0.1:10414',
    },
  });
});

test.each([
  ['no JSON', 'half a fi', 'expected what "hostpulse up" writes, got no JSON'],
  ['another file', '{"prometheus": 9090}', 'gateway: expected a text, got nothing'],
])('%s is named', (_, text, message) => {
  writeFileSync(dataDirectory(folder).stackFile, text);
  expect(() => readStackFlags(folder)).toThrow(message);
});

test('commands work on the stack that is named, and on no other place beside it', async () => {
  writeStack();
  const made = await runCli(['key', 'create', '--name', 'x', '--scope', 'read', '--data-dir', folder]);
  expect(made.code).toBe(0);
  const link = await runCli(['key', 'login-link', '--data-dir', folder]);
  expect(link.stdout).toMatch(/^http:\/\/127\.0\.0\.1:10414\/login\?token=/);
  // The stack is gone without a word: its Prometheus does not answer.
  const status = await runCli(['tiers', 'status', '--data-dir', folder]);
  expect(status).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Prometheus cannot be reached (ECONNREFUSED)'),
  });
  const both = await runCli(['tiers', 'status', '--data-dir', folder, '--prometheus.url', 'http://127.0.0.1:1']);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') });
});

test("the relay's commands read its file and its database there", async () => {
  writeStack();
  const route = await runCli(['relay', 'route', '--labels', 'severity=warning', '--data-dir', folder]);
  expect(route).toMatchObject({ code: 0, stdout: expect.stringMatching(/^channels: team\n/) });
  expect((await runCli(['key', 'create', '--name', 'x', '--scope', 'read', '--data-dir', folder])).code).toBe(0);
  const dead = await runCli(['relay', 'dead', 'list', '--data-dir', folder]);
  expect(dead).toMatchObject({ code: 0, stderr: '' });
  const sent = await runCli(['relay', 'test', '--channel', 'team', '--data-dir', folder]);
  expect(sent).toMatchObject({ code: 1, stderr: expect.stringContaining('team did not accept the message') });
  const both = await runCli(['relay', 'dead', 'list', '--data-dir', folder, '--database.path', 'x']);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') });
});

test('whoever starts a second one is told where the first is and how to stop it', () => {
  writeStack();
  const { lockFile, root } = dataDirectory(folder);
  const lock = acquireLock(lockFile, root);
  expect(() => acquireLock(lockFile, root)).toThrow(
    `a stack runs already over ${root}, at http://127.0.0.1:10414/; stop it by Ctrl-C where it was started or "kill ${process.pid}", or start`,
  );
  lock.release();
});

test('rules: a stack that does not run is said', async () => {
  const listed = await runCli(['rules', 'list', '--data-dir', folder]);
  expect(listed).toMatchObject({ code: 2, stderr: expect.stringContaining(`no stack runs over ${folder}`) });
});
