// Subject: docs/install.md
/**
 * Runs Caddy with the configuration of docs/install.md in front of a gateway: at the root of the site, below a path that Caddy passes on,
 * and below a path that Caddy removes. Certificates are from Caddy's local CA, as on a host without a public name.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLoginToken } from '../../common/store/credentials/sessions.ts';
import { canHaveCaddy, ensureCaddy } from '../support/caddy.ts';
import { readMarkdownCode } from '../support/documented-commands/markdown-code.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { createProgram, freePort, type TestProgram } from '../support/process.ts';

const site = 'monitoring.example.com';
const page = readFileSync(join(import.meta.dirname, '../../docs/install.md'), 'utf8');
const documented = readMarkdownCode(page).blocks.find(({ language }) => language === 'caddyfile')?.text ?? '';
const proxied = '  reverse_proxy 127.0.0.1:9180\n';
// Skips on systems without Caddy and without Debian packages.
const describeCaddy = canHaveCaddy() ? describe : describe.skip;

let program = '';
beforeAll(() => {
  expect(documented).toBe(`${site} {\n${proxied}}\n`);
  if (canHaveCaddy()) program = ensureCaddy();
}, 300_000);

const variants = [
  { title: 'at the root', path: '', change: (text: string) => text },
  {
    title: 'below a path that Caddy passes on',
    path: '/pulse',
    change: (text: string) => text.replace(proxied, `  handle /pulse/* {\n  ${proxied}  }\n`),
  },
  {
    title: 'below a path that Caddy removes',
    path: '/pulse',
    change: (text: string) => text.replace(proxied, `  handle_path /pulse/* {\n  ${proxied}  }\n`),
  },
];

describeCaddy.each(variants)('$title', ({ path, change }) => {
  let folder: string;
  let port: number;
  let gateway: RunningGateway;
  let caddy: TestProgram;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hostpulse-caddy-'));
    mkdirSync(join(folder, 'agents'));
    port = await freePort();
    gateway = await startGateway({ publicUrl: `https://${site}${path}`, agentsDirectory: join(folder, 'agents') });
    // Uses free ports, and Caddy's local CA, because a public CA would issue no certificate for this host.
    const global = `{\n  admin off\n  http_port ${await freePort()}\n  https_port ${port}\n  local_certs\n  skip_install_trust\n}\n`;
    const file = join(folder, 'Caddyfile');
    writeFileSync(file, global + change(documented).replace('127.0.0.1:9180', new URL(gateway.url).host));
    caddy = createProgram({
      command: program,
      args: ['run', '--config', file, '--adapter', 'caddyfile'],
      env: { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, HOME: folder },
      isReady: async () => existsSync(authority()) && (await ask('/-/ready')).status === 200,
    });
    await caddy.start();
  }, 120_000);

  afterAll(async () => {
    await caddy?.stop('SIGTERM');
    await gateway?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const authority = (): string => join(folder, 'caddy/pki/authorities/local/root.crt');

  interface Asked {
    readonly method?: 'GET' | 'POST';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }

  interface Answer {
    readonly status: number | undefined;
    readonly cookie: string;
    readonly text: string;
  }

  /** Sends a request to the site through Caddy. Verifies that the certificate has the name of the site and is from Caddy's CA. */
  function ask(target: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port,
        servername: site,
        path: `${path}${target}`,
        method,
        agent: false,
        ca: readFileSync(authority()),
        headers: { host: site, ...headers },
      };
      const sent = request(options, (response) => {
        let text = '';
        const cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode, cookie, text }));
      });
      sent.on('error', reject).end(body);
    });
  }

  const json = { 'content-type': 'application/json' };

  test('a key reads and pushes, also a large body', async () => {
    const key = await gateway.createKey({ scopes: ['push'], host: 'web-1' });
    const headers = { ...json, authorization: `Bearer ${key}` };
    const metrics = Array.from({ length: 4_000 }, (_, at) => {
      return { name: 'node_load1', tags: { at: `${at}`.padStart(600, '0') }, value: at };
    });
    const body = JSON.stringify({ host: 'web-1', metrics });
    expect(body.length).toBeGreaterThan(2_500_000);
    const { status, text } = await ask('/api/v1/metrics/collect', { method: 'POST', headers, body });
    expect([status, (JSON.parse(text) as { readonly accepted?: number }).accepted]).toEqual([202, 4_000]);
    expect((await ask('/api/v1/metrics/collect', { method: 'POST', headers: json, body: '{}' })).status).toBe(401);
  });

  test('a login link opens a session, which adds a host by the URL of the site', async () => {
    const { db } = gateway.store;
    const token = await createLoginToken(db, { scopes: ['admin'], lifetimeMs: 60_000, nowMs: Date.now() });
    const { cookie } = await ask(`/login?token=${token}`);
    expect(cookie).toMatch(/=./);
    const headers = { ...json, cookie, origin: `https://${site}` };
    const body = JSON.stringify({ host: 'web-2' });
    const added = await ask('/api/v1/hosts/tokens', { method: 'POST', headers, body });
    const { install } = JSON.parse(added.text) as { readonly install: string };
    expect(install).toMatch(new RegExp(`^curl -fsSL https://${site}${path}/install \\| sudo sh -s -- hpe_`));
    const foreign = { ...headers, origin: 'https://evil.example.com' };
    expect((await ask('/api/v1/hosts/tokens', { method: 'POST', headers: foreign, body })).status).toBe(403);
  });

  test('the install script names the URL of the site', async () => {
    const { status, text } = await ask('/install');
    expect(status).toBe(200);
    expect(text).toContain(`\nserver_url=https://${site}${path}\n`);
  });
});
