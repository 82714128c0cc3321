/** `hostpulse relay route|test|dead|reload` as a user runs them. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { enqueueNotifications, settleNotifications } from '../../alert-relay/store/outbox.ts';
import { openStore, type Store } from '../../common/store/open.ts';
import { openEpisode } from '../../common/store/relay-records.ts';
import { dataDirectory } from '../../stack/data/data-directory.ts';
import { renderStackFile } from '../../stack/data/stack-file.ts';
import { runCli, startCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { notificationsOf } from '../support/notifications.ts';
import { decodePng } from '../support/png.ts';
import { freePort } from '../support/process.ts';
import { type SlackSink, startSlackSink } from '../support/slack-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-relay-cli-'));
const databasePath = join(folder, 'hostpulse.db');
const configFile = join(folder, 'relay.yml');
let slack: SlackSink;
let store: Store;

beforeAll(async () => {
  slack = await startSlackSink();
  store = await openStore({ path: databasePath });
  const config = {
    database: { path: databasePath },
    channels: {
      chat: { type: 'slack', token: slack.token, channel: '#alerts', api_url: slack.apiUrl },
      broken: { type: 'slack', webhook_url: `${slack.webhookUrl}x` },
    },
    routes: [{ severity: 'critical', channels: ['chat'] }, { channels: ['broken'] }],
  };
  writeFileSync(configFile, JSON.stringify(config));
});
afterAll(async () => {
  await store.close();
  await slack.stop();
});

const relay = (...args: readonly string[]) => runCli(['relay', ...args, `--config.file=${configFile}`]);

test('route shows the channels of an alert, and why', async () => {
  expect(await relay('route', '--labels', 'severity=critical,instance=web-1')).toMatchObject({
    code: 0,
    stdout: 'channels: chat\nbecause:  routes[0]: severity critical\n',
  });
  for (const labels of ['instance="web-1",severity="critical"', 'severity=critical,path="a,b"', 'severity = critical'])
    expect((await relay('route', '--labels', labels)).stdout).toContain('channels: chat');
  expect(await relay('route', '--labels', 'severity')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/expected name=value, got "severity"/),
  });
});

describe('oncall', () => {
  const rotaFile = join(folder, 'rota.yml');
  beforeAll(() => {
    const config = {
      channels: {
        chat: { type: 'webhook', url: 'https://x.example' },
        mail: { type: 'webhook', url: 'https://x.example' },
      },
      oncall: {
        ops: {
          time_zone: 'Europe/Berlin',
          people: { ana: ['chat'], bo: ['chat', 'mail'] },
          weekly: [
            { from: 'mon 09:00', person: 'ana' },
            { from: 'fri 17:00', person: 'bo' },
          ],
        },
      },
      escalations: { late: [{ after: '10m', channels: [{ oncall: 'ops' }] }] },
      routes: [{ channels: ['mail'], escalation: 'late' }],
    };
    writeFileSync(rotaFile, JSON.stringify(config));
  });
  const run = (...args: readonly string[]) => runCli(['relay', ...args, `--config.file=${rotaFile}`]);

  test('shows the person at a time and the next handover', async () => {
    expect(await run('oncall', '--at', '2026-03-06T18:00:00+01:00')).toMatchObject({
      code: 0,
      stdout: 'ops: bo (chat, mail) at 2026-03-06 18:00:00 CET\nnext: ana (chat) from 2026-03-09 09:00:00 CET\n',
    });
  });

  test('refuses another form of time and an unknown rota', async () => {
    expect(await run('oncall', '--at', 'tomorrow')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a time such as'),
    });
    expect(await run('oncall', 'opps')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('one of ops, got "opps"'),
    });
  });

  test('route shows the steps of the escalation', async () => {
    expect(await run('route', '--labels', 'severity=info')).toMatchObject({
      code: 0,
      stdout:
        'channels: mail\nbecause:  routes[0]: everything\nescalation late: after 10m, unless acknowledged: oncall:ops\n',
    });
  });
});

describe('test', () => {
  test('the message is marked as a test', async () => {
    expect(await relay('test', '--channel', 'chat')).toMatchObject({
      code: 0,
      stdout: 'chat: delivered, with a picture\n',
    });
    expect(slack.files().map(({ content }) => decodePng(content).width)).toEqual([1_200]);
    expect(slack.messages().map(({ text }) => text)).toEqual([
      expect.stringMatching(/This is a test of the channel "chat"/),
    ]);
  });

  test('a bot without the permission to upload', async () => {
    slack.grant(['chat:write']);
    expect(await relay('test', '--channel', 'chat')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^chat: delivered, without a picture: Slack: missing_scope \(.*files:write.*\)\n$/),
    });
  });

  test('a failure is explained; an unknown channel lists the known ones', async () => {
    const { code, stderr } = await relay('test', '--channel', 'broken');
    expect([code, stderr]).toEqual([
      1,
      'hostpulse relay test: broken did not accept the message (an alert would become a dead letter): HTTP 404: no_service\n',
    ]);
    expect((await relay('test', '--channel', 'x')).stderr).toMatch(/expected one of chat, broken, got "x"/);
  });
});

test('dead letters are listed and queued again once', async () => {
  const { id: episodeId } = await openEpisode(store.db, {
    fingerprint: 'f',
    labels: { alertname: 'HostDown', instance: 'web-1' },
    annotations: {},
    receiver: 'r',
    generatorUrl: undefined,
    externalUrl: undefined,
    startsAtMs: 1,
    nowMs: 1,
  });
  for (const nowMs of [1, 2]) {
    await enqueueNotifications(store.db, [{ episodeId, status: 'firing', channel: 'chat', nowMs }]);
    await settleNotifications(store.db, { ids: [nowMs], reason: 'rejected: HTTP 404', nowMs });
  }
  const { stdout } = await relay('dead', 'list');
  expect(stdout.split('\n')[2]).toMatch(
    /^2 +chat +firing +HostDown +web-1 +1970-01-01 00:00:00 +1 +rejected: HTTP 404$/,
  );
  expect(await relay('dead', 'retry')).toMatchObject({ code: 1, stderr: expect.stringMatching(/or --all/) });
  expect(await relay('dead', 'retry', '--all')).toMatchObject({ code: 0, stdout: 'queued again: 1\n' });
  expect((await notificationsOf(store.db, episodeId)).map(({ state }) => state)).toEqual(['dead', 'pending']);
  expect(await relay('dead', 'retry', '1')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/not queued: 1 .*pending again/),
  });
});

test('an unknown command is named with the nearest one', async () => {
  expect(await runCli(['relay', 'relaod'])).toMatchObject({
    code: 2,
    stderr: 'hostpulse relay: unknown command "relaod" (route, test, oncall, dead, reload); did you mean "reload"?\n',
  });
});

describe('reload', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-relay-reload-'));
  const file = join(folder, 'relay.yml');
  const write = (channels: string, token = 'token: "${TOKEN}"'): void =>
    writeFileSync(
      file,
      `web: {listen_address: ["127.0.0.1:${port}"]}\ndatabase: {path: ${join(folder, 'relay.db')}}\nwebhook: {${token}}\nchannels:\n${channels}`,
    );
  let port: number;
  let running: ReturnType<typeof startCli>;
  const env = { TOKEN: 'hook-token' };

  beforeAll(async () => {
    port = await freePort();
    write('  one: {type: webhook, url: "http://127.0.0.1:1/"}\n');
    running = startCli(['relay', `--config.file=${file}`], { env });
    await eventually({ what: 'the relay is ready', limitMs: 60_000 }, async () =>
      (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok ? true : undefined,
    );
  }, 90_000);
  afterAll(async () => {
    running.child.kill('SIGTERM');
    await running.ended;
  });

  const reload = (...args: readonly string[]) => runCli(['relay', 'reload', ...args], { env });

  test('the running relay applies the file', async () => {
    write('  one: {type: webhook, url: "http://127.0.0.1:1/"}\n  two: {type: webhook, url: "http://127.0.0.1:1/"}\n');
    expect(await reload(`--config.file=${file}`)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: 'reloaded: channels one, two; routes 0\n',
    });
  });

  test('a file with faults changes nothing, and each fault is printed with its place', async () => {
    write('  one: {type: webhook, ulr: "http://127.0.0.1:1/"}\n');
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'hook-token\n');
    const { code, stderr } = await reload('--relay-url', `http://127.0.0.1:${port}`, '--webhook.token-file', tokenFile);
    expect(code).toBe(1);
    expect(stderr).toContain('the configuration is not valid; the previous one stays in force');
    expect(stderr).toContain(`${file}:5: channels.one.ulr: expected a known key, got "ulr"; did you mean "url"?`);
    expect(running.stderr()).toContain('reload failed; the previous configuration stays in force');
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await answer.text()).toMatch(/channel="two"/);
  });

  test('--relay-url and --webhook.token-file alone replace one value of the configuration', async () => {
    write('  one: {type: webhook, url: "http://127.0.0.1:1/"}\n');
    const other = await freePort();
    expect(await reload(`--config.file=${file}`, '--relay-url', `http://127.0.0.1:${other}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`http://127.0.0.1:${other} does not answer`),
    });
    const tokenFile = join(folder, 'wrong-token');
    writeFileSync(tokenFile, 'wrong\n');
    expect(await reload(`--config.file=${file}`, '--webhook.token-file', tokenFile)).toMatchObject({ code: 1 });
  });

  test('--relay-url replaces the relay of the stack', async () => {
    const data = mkdtempSync(join(folder, 'data-'));
    mkdirSync(join(data, 'alertmanager'));
    writeFileSync(join(data, 'alertmanager', 'relay-token'), 'hook-token\n');
    const urls = {
      exporter: '',
      gateway: '',
      relay: 'http://127.0.0.1:1',
      prometheus: '',
      alertmanager: '',
      public_url: '',
    };
    writeFileSync(join(data, 'stack.json'), renderStackFile(dataDirectory(data), urls));
    expect(await reload('--data-dir', data, '--relay-url', `http://127.0.0.1:${port}`)).toMatchObject({
      code: 0,
      stdout: 'reloaded: channels one; routes 0\n',
    });
  });

  test('another server is not a relay', async () => {
    const server = createServer((_request, response) => void response.end('<html>welcome</html>')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port: other } = server.address() as AddressInfo;
    const { code, stderr } = await reload(`--config.file=${file}`, '--relay-url', `http://127.0.0.1:${other}`);
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`http://127.0.0.1:${other} answers 200, and not as a relay that can be reloaded`);
  });

  test('another token, and a browser, are refused', async () => {
    const ask = (headers: Readonly<Record<string, string>>) =>
      fetch(`http://127.0.0.1:${port}/-/reload`, { method: 'POST', headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await ask({ authorization: 'Bearer hook-token', origin: 'http://evil.test' })).status).toBe(403);
  });

  test('a relay that does not run is named', async () => {
    const free = await freePort();
    const tokenFile = join(folder, 'token');
    const args = ['--relay-url', `http://127.0.0.1:${free}`, '--webhook.token-file', tokenFile];
    expect(await reload(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`the relay at http://127.0.0.1:${free} does not answer`),
    });
  });
});
