/** The gateway with a web configuration file: TLS 1.2 and later, secure cookies, no basic auth users. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../common/program/settings/config.ts';
import { createLoginToken } from '../../common/store/credentials/sessions.ts';
import { checkConfig, settings } from '../../ingest-gateway/config.ts';
import { binaryPath } from '../support/binaries.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-tls-'));
const [certFile, keyFile, webConfigFile] = ['cert.pem', 'key.pem', 'web.yml'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
let gateway: RunningGateway;

beforeAll(async () => {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const subject = [
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    keyFile,
    '-out',
    certFile,
  ];
  execFileSync(binaryPath('openssl'), [...args, ...subject], { stdio: 'pipe' });
  writeFileSync(webConfigFile, 'tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n');
  gateway = await startGateway({ webConfigFile });
});
afterAll(() => gateway.stop());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

function ask(path: string, maxVersion: SecureVersion = 'TLSv1.3'): Promise<Answer> {
  const url = `${gateway.url.replace('http:', 'https:')}${path}`;
  return new Promise((resolve, reject) => {
    const options = { ca: readFileSync(certFile), minVersion: 'TLSv1', maxVersion, agent: false } as const;
    request(url, options, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    })
      .once('error', reject)
      .end();
  });
}

test('accepts TLS 1.2 and 1.3, refuses older versions, and sends Strict-Transport-Security', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { status, headers } = await ask('/-/ready', version);
    expect([version, status]).toEqual([version, 200]);
    expect(headers['strict-transport-security']).toBe('max-age=63072000');
  }
  await expect(ask('/-/ready', 'TLSv1.1')).rejects.toThrow();
  await expect(fetch(`${gateway.url}/-/ready`)).rejects.toThrow();
});

test('the session cookie is restricted to TLS', async () => {
  const token = await createLoginToken(gateway.store.db, { scopes: ['read'], lifetimeMs: 60_000, nowMs: Date.now() });
  const { headers } = await ask(`/login?token=${token}`);
  expect(headers['set-cookie']?.[0]).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
});

test('a web configuration with users, or with missing files, is refused', () => {
  const check = (text: string) => {
    const file = join(folder, 'other.yml');
    writeFileSync(file, text);
    const config = loadConfig(settings, { program: 'gateway', flags: { 'web.config.file': file }, environment: {} });
    return checkConfig(config).map(({ place, expected }) => [place.replace(file, 'web.yml'), expected]);
  };
  const hash = `$2y$10$${'a'.repeat(53)}`;
  expect(check(`basic_auth_users: {admin: "${hash}"}\n`)).toEqual([
    ['web.yml: basic_auth_users', 'none, because callers use API keys'],
  ]);
  expect(check('tls_server_config: {cert_file: none.pem, key_file: key.pem}\n')).toEqual([
    ['web.yml: tls_server_config.cert_file', 'a readable file'],
  ]);
  expect(check('tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n')).toEqual([]);
});
