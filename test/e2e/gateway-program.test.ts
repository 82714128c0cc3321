/** `hostpulse gateway` and `hostpulse key` as processes: shared keys, clear errors, a stop that drains. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { builtProgram } from '../support/binaries.ts';
import { createProgram, freePort, type TestProgram } from '../support/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-program-'));
const configFile = join(folder, 'gateway.yml');
let url: string;
let port: number;
let gateway: TestProgram;

beforeAll(async () => {
  port = await freePort();
  url = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'password'), 'very-secret\n');
  writeFileSync(
    configFile,
    `web: {listen_address: ['127.0.0.1:${port}'], drain_delay: 1s}
otlp: {grpc_listen_address: []}
database: {path: ${join(folder, 'hostpulse.db')}}
prometheus: {url: 'http://127.0.0.1:1', basic_auth: {username: hostpulse, password_file: ${join(folder, 'password')}}}
`,
  );
  gateway = createProgram({
    command: process.execPath,
    args: [builtProgram, 'gateway', '--config.file', configFile],
    readyUrl: `${url}/-/ready`,
  });
  await gateway.start();
}, 30_000);

afterAll(async () => {
  await gateway.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function hostpulse(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: '' };
    execFile(process.execPath, [builtProgram, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

const key = (...args: readonly string[]) => hostpulse('key', ...args, '--config.file', configFile);

async function statusWith(apiKey: string): Promise<number> {
  return (await fetch(`${url}/api/v1/alerts`, { headers: { authorization: `Bearer ${apiKey}` } })).status;
}

test('a key is created, used, listed without its secret, and revoked while the gateway runs', async () => {
  const made = await key('create', '--name', 'script', '--scope', 'read', '--scope', 'push', '--host', 'web-1');
  expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/^hp_[0-9a-f]{8}_[A-Za-z0-9_-]{43}\n$/)]);
  const apiKey = made.stdout.trim();
  expect(await statusWith(apiKey)).toBe(200);
  const listed = await key('list');
  expect(listed.stdout).toMatch(/^ID +NAME +SCOPES +HOST +CREATED +LAST USED +STATE\n/);
  expect(listed.stdout).toMatch(
    new RegExp(`^${apiKey.slice(3, 11)} +script +read,push +web-1 +\\S+ \\S+ +\\S+ \\S+ +valid$`, 'm'),
  );
  expect(listed.stdout).not.toContain(apiKey.slice(12));
  expect((await key('revoke', 'script')).stdout).toBe(`revoked ${apiKey.slice(3, 11)} "script"\n`);
  expect(await statusWith(apiKey)).toBe(401);
  expect((await key('list')).stdout).toMatch(/ revoked \S+ \S+$/m);
}, 30_000);

test('a login link opens a session', async () => {
  const { stdout } = await key('login-link');
  expect(stdout).toMatch(new RegExp(`^${url}/login\\?token=[A-Za-z0-9_-]{43}\\n$`));
  const cookie = (await fetch(stdout.trim())).headers.get('set-cookie')?.split(';')[0] ?? '';
  expect((await fetch(`${url}/api/v1/alerts`, { headers: { cookie } })).status).toBe(200);
}, 20_000);

test.each([
  [['create', '--name', 'x', '--scope', 'write'], 2, '--scope: expected one of push, read, admin, got "write"'],
  [
    ['create', '--name', 'x', '--scope', 'read', '--expires-in', 'soon'],
    2,
    '--expires-in: expected a duration such as 90d',
  ],
  [
    ['create', '--name', 'x', '--scope', 'read', '--host', ''],
    2,
    '--host: expected a host name of 1 to 253 characters',
  ],
  [['create', '--scope', 'read'], 2, "required option '--name <name>' not specified"],
  [['revoke', 'stranger'], 1, 'no valid key has the id or name "stranger"'],
  [['list', '--database.path', '/nowhere/x.db'], 1, 'there is no database at /nowhere/x.db'],
])('key %j is refused', async (args, code, words) => {
  const ended = await key(...args);
  expect(ended.stderr).toContain(words);
  expect([ended.code, ended.stdout]).toEqual([code, '']);
});

test('--print-config masks secrets', async () => {
  const { code, stdout } = await hostpulse('gateway', '--config.file', configFile, '--print-config');
  expect(code).toBe(0);
  expect(stdout).toContain('password: <secret>');
  expect(stdout).not.toContain('very-secret');
});

test('a user without a password is an error', async () => {
  const ended = await hostpulse('gateway', '--prometheus.basic-auth.username', 'x', '--check-config');
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(
    'prometheus.basic_auth.password: is missing; expected a value, because prometheus.basic_auth.username has one',
  );
});

test('an occupied port is reported in one line', async () => {
  const ended = await hostpulse('gateway', '--config.file', configFile, '--database.path', join(folder, 'second.db'));
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(`127.0.0.1:${port} is already in use by another program`);
});

test('SIGTERM: not ready first, then exit code 0', async () => {
  const stopped = gateway.stop('SIGTERM');
  let during = 200;
  while (during === 200) during = (await fetch(`${url}/-/ready`)).status;
  expect(during).toBe(503);
  expect(await stopped).toBe(0);
  await expect(fetch(`${url}/-/ready`)).rejects.toThrow();
}, 20_000);

test('a full disk: pushes get 503, health has the reason, and the program continues', async () => {
  const fullPort = await freePort();
  const fullUrl = `http://127.0.0.1:${fullPort}`;
  const settings = `--web.listen-address=127.0.0.1:${fullPort} --prometheus.url=http://127.0.0.1:1 --otlp.grpc-listen-address=127.0.0.1:0`;
  const databasePath = join(folder, 'full', 'hostpulse.db');
  // Limits files of the process to about 400 KB, which acts like a full disk.
  const limited = createProgram({
    command: 'sh',
    args: [
      '-c',
      `trap '' XFSZ; ulimit -f 800; exec "$0" "$1" gateway --database.path "$2" --web.drain-delay=0s ${settings}`,
      process.execPath,
      builtProgram,
      databasePath,
    ],
    readyUrl: `${fullUrl}/-/ready`,
  });
  await limited.start();
  try {
    const made = await hostpulse('key', 'create', '--name', 'a', '--scope', 'push', '--database.path', databasePath);
    const push = async (): Promise<Response> => {
      const points = Array.from({ length: 5_000 }, (_, index) => [Date.now() - index, Math.random()]);
      return fetch(`${fullUrl}/api/v1/metrics/collect`, {
        method: 'POST',
        headers: { authorization: `Bearer ${made.stdout.trim()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ host: 'web-1', metrics: [{ name: 'node_load1', points }] }),
      });
    };
    const answers = [await push()];
    while (answers.at(-1)?.status === 202) answers.push(await push());
    const last = answers.at(-1);
    expect([answers.length > 1, last?.status, last?.headers.get('retry-after')]).toEqual([true, 503, '5']);
    expect(await last?.json()).toMatchObject({ title: "the queue's disk cannot be written" });
    const health = await fetch(`${fullUrl}/api/v1/health`);
    expect([health.status, await health.json()]).toEqual([
      200,
      expect.objectContaining({
        status: 'degraded',
        components: expect.objectContaining({
          queue: expect.objectContaining({
            status: 'down',
            reason: "the queue's disk cannot be written; pushes are answered with 503",
          }),
        }),
      }),
    ]);
    expect(limited.output()).toContain('the queue cannot be written');
  } finally {
    await limited.stop('SIGKILL');
  }
});
