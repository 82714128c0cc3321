/** Commands find the stack of a data directory by its stack.json. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dataDirectory } from '../../../stack/data/data-directory.ts';
import { acquireLock } from '../../../stack/data/lock.ts';
import { readStackFlags, renderStackFile } from '../../../stack/data/stack-file.ts';
import { portsWithOffset, urlsOf } from '../../../stack/ports.ts';
import { runCli } from '../../support/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-stack-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeStack(): void {
  const directory = dataDirectory(folder);
  writeFileSync(
    directory.stackFile,
    renderStackFile(directory, {
      ...urlsOf({ ...portsWithOffset(1_234), prometheus: 1 }),
      public_url: 'https://mon.example.com',
    }),
  );
  mkdirSync(directory.prometheus.folder);
  writeFileSync(directory.prometheus.password, 'very-secret\n');
  writeFileSync(directory.relayConfig, 'channels: {team: {type: webhook, url: "http://127.0.0.1:1/"}}\n');
}

test('the flags hold the addresses of a running stack', () => {
  const targets = join(folder, 'prometheus', 'targets', 'node');
  expect(readStackFlags(folder)).toEqual({
    isRunning: false,
    flags: {
      gateway: { 'database.path': join(folder, 'hostpulse.db'), 'hosts.targets-directory': targets },
      relay: { 'database.path': join(folder, 'hostpulse.db') },
    },
  });
  writeStack();
  expect(readStackFlags(folder)).toEqual({
    isRunning: true,
    gateway: { url: 'http://127.0.0.1:10414', adminKeyFile: join(folder, 'admin-key') },
    pid: String(process.pid),
    flags: {
      gateway: {
        'database.path': join(folder, 'hostpulse.db'),
        'hosts.targets-directory': targets,
        'public-url': 'https://mon.example.com',
        'prometheus.url': 'http://127.0.0.1:1',
        'prometheus.basic-auth.username': 'hostpulse',
        'prometheus.basic-auth.password-file': join(folder, 'prometheus', 'prometheus-password'),
      },
      relay: {
        'config.file': join(folder, 'relay.yml'),
        'database.path': join(folder, 'hostpulse.db'),
        'public-url': 'https://mon.example.com',
      },
    },
  });
});

test.each([
  ['public_url: https://monitor.example.com\n', undefined],
  ['public_url:\n', undefined],
  ['time_zone: UTC\n', 'https://mon.example.com'],
  ['', 'https://mon.example.com'],
  ['{time_zone: UTC, "public_url": "https://monitor.example.com"}\n', undefined],
  ['# public_url: https://monitor.example.com\n', 'https://mon.example.com'],
])("the relay's own public_url counts: %j", (text, url) => {
  writeStack();
  writeFileSync(dataDirectory(folder).relayConfig, text);
  expect(readStackFlags(folder).flags.relay['public-url']).toBe(url);
});

test.each([
  ['no JSON', 'half a fi', 'expected what "hostpulse up" writes, got no JSON'],
  ['another file', '{"prometheus": 9090}', 'gateway: expected a text, got nothing'],
])('%s is named', (_, text, message) => {
  writeFileSync(dataDirectory(folder).stackFile, text);
  expect(() => readStackFlags(folder)).toThrow(message);
});

test('--data-dir selects the stack and conflicts with flags that name another place', async () => {
  writeStack();
  const made = await runCli(['key', 'create', '--name', 'x', '--scope', 'read', '--data-dir', folder]);
  expect(made.code).toBe(0);
  const link = await runCli(['key', 'login-link', '--data-dir', folder]);
  expect(link.stdout).toMatch(/^https:\/\/mon\.example\.com\/login\?token=/);
  // stack.json of a stack that was killed: Prometheus does not answer.
  const status = await runCli(['tiers', 'status', '--data-dir', folder]);
  expect(status).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Prometheus cannot be reached (ECONNREFUSED)'),
  });
  const both = await runCli(['tiers', 'status', '--data-dir', folder, '--prometheus.url', 'http://127.0.0.1:1']);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') });
});

test('commands of the relay read its configuration and database from the data directory', async () => {
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

test('a second `up` is refused with the address of the first and how to stop it', () => {
  writeStack();
  const { lockFile, root } = dataDirectory(folder);
  const lock = acquireLock(lockFile, root);
  expect(() => acquireLock(lockFile, root)).toThrow(
    `a stack runs already over ${root}, at http://127.0.0.1:10414/; stop it by Ctrl-C where it was started or "kill ${process.pid}", or start`,
  );
  lock.release();
});

test('rules: a stack that does not run is an error', async () => {
  const listed = await runCli(['rules', 'list', '--data-dir', folder]);
  expect(listed).toMatchObject({ code: 2, stderr: expect.stringContaining(`no stack runs over ${folder}`) });
});
