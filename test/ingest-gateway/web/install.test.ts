/** Adding hosts over HTTP: tokens, enrollment, script, agents, targets. The gateway runs with TLS of the stack's own CA. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureAuthority } from '../../../stack/tls/authority.ts';
import { authorityFiles } from '../../../stack/tls/authority-files.ts';
import { binaryPath } from '../../support/binaries.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-install-'));
const files = authorityFiles(folder);
const targetsDirectory = join(folder, 'targets');
const archive = 'hostpulse-agent-0.0.0-linux-x64.tar.gz';
let gateway: RunningGateway;
let secure: RunningGateway;
let admin: string;

beforeAll(async () => {
  ensureAuthority({ files, names: ['127.0.0.1'], nowMs: Date.now() });
  const webConfigFile = join(folder, 'web.yml');
  writeFileSync(
    webConfigFile,
    JSON.stringify({ tls_server_config: { cert_file: files.serverCertificate, key_file: files.serverKey } }),
  );
  writeFileSync(join(folder, archive), 'agent');
  const shared = { agentsDirectory: folder, targetsDirectory };
  gateway = await startGateway({ ...shared, publicUrl: 'https://mon.example.com', failedLoginsPerMinute: 5 });
  secure = await startGateway({ ...shared, webConfigFile, caFile: files.caCertificate });
  admin = await gateway.createKey({ scopes: ['admin'] });
});
afterAll(async () => {
  await Promise.all([gateway.stop(), secure.stop()]);
  rmSync(folder, { recursive: true });
});

const post = (path: string, body: unknown, key = admin) =>
  gateway.fetch(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const enroll = (token: string, accept = 'application/json') =>
  gateway.fetch('/api/v1/hosts/enroll', { method: 'POST', headers: { authorization: `Bearer ${token}`, accept } });

interface NewToken {
  readonly token: string;
  readonly install: string;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
}

/** Runs a program while the gateways of this process answer. */
function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout) => resolve({ code: error === null ? 0 : Number(error.code), stdout }));
  });
}

describe('tokens', () => {
  test('a token gives a line, and then a key that pushes for its host alone', async () => {
    const made = await post('/api/v1/hosts/tokens', { host: 'web-1', labels: { env: 'prod' } });
    expect(made.status).toBe(201);
    const { token, install } = (await made.json()) as NewToken;
    expect(install).toBe(`curl -fsSL https://mon.example.com/install | sudo sh -s -- ${token}`);
    const lines = await (await enroll(token, 'text/plain')).text();
    const [, key = ''] = /^key (hp_\S+)\nhost "web-1"\nlabels {"env":"prod"}\n$/.exec(lines) ?? [];
    const self = (init = {}) =>
      gateway.fetch('/api/v1/hosts/self', { headers: { authorization: `Bearer ${key}` }, ...init });
    expect(await (await self()).json()).toEqual({ host: 'web-1' });
    const push = (host: string) =>
      post(
        '/api/v1/metrics/collect',
        { host, metrics: [{ name: 'cpu.usage.total', value: 1, timestamp: Date.now() }] },
        key,
      );
    expect((await push('web-2')).status).toBe(403);
    expect((await push('web-1')).status).toBe(202);
    expect(await (await self()).json()).toEqual({ host: 'web-1', last_push: expect.any(String) });
    expect((await enroll(token)).status).toBe(401);
    expect(gateway.log()).not.toContain(token);
    expect(gateway.log()).not.toContain(key);
  });

  test('only an admin creates them; a bound admin only for its host', async () => {
    const reader = await gateway.createKey({ scopes: ['read', 'push'] });
    expect((await post('/api/v1/hosts/tokens', { host: 'web-1' }, reader)).status).toBe(403);
    const bound = await gateway.createKey({ scopes: ['admin'], host: 'web-7' });
    expect((await post('/api/v1/hosts/tokens', { host: 'web-1' }, bound)).status).toBe(403);
    expect((await post('/api/v1/hosts/tokens', { host: 'web-7' }, bound)).status).toBe(201);
  });

  test.each([
    [{ host: '' }],
    [{ host: 'a\nb' }],
    [{ host: 'a', labels: { job: 'x' } }],
    [{ host: 'a', labels: { instance: 'x' } }],
    [{ host: 'a', labels: { __x: 'x' } }],
    [{ host: 'a', labels: { 'a-b': 'x' } }],
    [{ host: 'a', labels: { a: '' } }],
    [{ host: 'a', other: 1 }],
  ])('%j is refused', async (body) => {
    expect((await post('/api/v1/hosts/tokens', body)).status).toBe(400);
  });

  test('guesses are limited', async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 8; at += 1) statuses.push((await enroll(`hpe_guess-${at}`)).status);
    expect(statuses.slice(0, 3)).toEqual([401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('script and agents', () => {
  test('the agent is served with its sum, without a credential', async () => {
    const sum = await (await gateway.fetch('/agents/linux-x64.tar.gz.sha256')).text();
    expect(sum).toBe(`${hash('sha256', 'agent')}  ${archive}\n`);
    expect(await (await gateway.fetch('/agents/linux-x64.tar.gz')).text()).toBe('agent');
    for (const name of ['linux-arm64', 'plan9', '..%2F..%2Fweb'])
      expect((await gateway.fetch(`/agents/${name}.tar.gz`)).status).toBe(404);
    expect(await (await gateway.get('/api/v1/hosts/agents')).json()).toMatchObject({
      version: '0.0.0',
      agents: [{ platform: 'linux-x64', state: 'ready', version: '0.0.0' }, { state: 'missing' }],
    });
  });

  test('the script has the facts of the server and is valid for a POSIX shell', async () => {
    const script = await (await gateway.fetch('/install')).text();
    expect(script).toContain("\nserver_url=https://mon.example.com\nca_certificate=''\n");
    expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0);
  });

  test('an incomplete script does nothing', async () => {
    const script = await (await gateway.fetch('/install')).text();
    const main = script.lastIndexOf('\nmain "$@"');
    for (const end of [200, 2_000, main - 400, main]) {
      const traced = spawnSync('sh', ['-x', '-s', '--', 'hpe_x'], { input: script.slice(0, end), encoding: 'utf8' });
      const commands = traced.stderr
        .split('\n')
        .filter((line) => line.startsWith('+') && !/^\+ (?:set -eu|\w+=)/.test(line));
      expect(commands).toEqual([]);
    }
  });

  test('a host name in a request cannot inject commands', async () => {
    const url = new URL(secure.url);
    const fetched = async (host: string) =>
      (await run('curl', ['-sk', '-H', `Host: ${host}`, `https://${url.host}/install`])).stdout;
    expect(await fetched('a;reboot')).toContain('the header Host is not valid');
    expect(await fetched("a'b")).toContain('the header Host is not valid');
    expect(await fetched('mon.example.com:9180')).toContain('\nserver_url=https://mon.example.com:9180\n');
  });
});

describe("with a certificate of the server's own CA", () => {
  const https = () => secure.url.replace('http:', 'https:');
  test('the pin in the line admits this server, and no other key', async () => {
    const key = await secure.createKey({ scopes: ['admin'] });
    const { stdout: made } = await run('curl', [
      '-s',
      '--cacert',
      files.caCertificate,
      '-H',
      `Authorization: Bearer ${key}`,
      '--json',
      '{"host":"web-1"}',
      `${https()}/api/v1/hosts/tokens`,
    ]);
    const { install, ca_fingerprint: fingerprint } = JSON.parse(made) as NewToken & { readonly ca_fingerprint: string };
    const openssl = execFileSync(binaryPath('openssl'), [
      'x509',
      '-in',
      files.caCertificate,
      '-noout',
      '-fingerprint',
      '-sha256',
    ]);
    expect(String(openssl)).toContain(fingerprint);
    const [fetchLine = ''] = install.split(' | ');
    const fetched = await run('sh', ['-c', fetchLine]);
    expect(fetched.stdout).toContain('BEGIN CERTIFICATE');
    expect(fetched.stdout.endsWith('main "$@"\n')).toBe(true);
    const other = fetchLine.replace(/sha256\/\/..../, 'sha256//AAAA');
    expect(other).not.toBe(fetchLine);
    expect(await run('sh', ['-c', other])).toEqual({ code: 90, stdout: '' });
  });

  test('without the pin and the CA, the certificate is refused', async () => {
    expect(await run('curl', ['-fsS', `${https()}/install`])).toEqual({ code: 60, stdout: '' });
  });
});

describe('scraped hosts', () => {
  test('a target becomes a file; a faulty address is refused', async () => {
    const target = { host: 'db-1', address: 'db-1.example.com:9100', labels: { env: 'prod' } };
    expect(await (await post('/api/v1/hosts/targets', target)).json()).toEqual(target);
    expect(readdirSync(targetsDirectory)).toEqual([expect.stringMatching(/^added-db-1-[0-9a-f]{8}\.yml$/)]);
    for (const address of ['db-1', 'db-1:x', 'a b:1', 'http://db-1:9100'])
      expect((await post('/api/v1/hosts/targets', { ...target, address })).status).toBe(400);
  });
});
