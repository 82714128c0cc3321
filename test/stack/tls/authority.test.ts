/** The CA and the certificates of `tls: auto`, judged by OpenSSL and by Node's own reader. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ensureAuthority } from '../../../stack/tls/authority.ts';
import { type AuthorityFiles, authorityFiles } from '../../../stack/tls/authority-files.ts';
import { binaryPath } from '../../support/binaries.ts';

const dayMs = 86_400_000;
const names: [string, ...string[]] = ['web-1.example.com', 'localhost', '127.0.0.1', '::1', '2001:db8::5:0:0:7'];
let folder: string;
let files: AuthorityFiles;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-authority-'));
  files = authorityFiles(join(folder, 'tls'));
  nowMs = Date.now();
});
afterEach(() => rmSync(folder, { recursive: true }));

const ensure = (options: { readonly names?: [string, ...string[]]; readonly atMs?: number } = {}) =>
  ensureAuthority({ files, names: options.names ?? names, nowMs: options.atMs ?? nowMs });
const certificate = (file: string) => new X509Certificate(readFileSync(file));

test('OpenSSL accepts the chain under its strict rules', () => {
  const { fingerprint, isRenewed } = ensure();
  expect(isRenewed).toBe(true);
  const openssl = (...args: readonly string[]) => execFileSync(binaryPath('openssl'), args, { encoding: 'utf8' });
  const { caCertificate: ca, serverCertificate: server } = files;
  expect(openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, server)).toBe(`${server}: OK\n`);
  expect(openssl('x509', '-in', ca, '-noout', '-fingerprint', '-sha256')).toContain(fingerprint);
});

test('the certificate names every name and address, for a server only', () => {
  ensure();
  const server = certificate(files.serverCertificate);
  expect(server.checkHost('web-1.example.com')).toBe('web-1.example.com');
  expect(server.checkHost('other.example.com')).toBeUndefined();
  for (const address of names.slice(2)) expect(server.checkIP(address)).toBe(address);
  expect(server).toMatchObject({ ca: false, keyUsage: ['1.3.6.1.5.5.7.3.1'] });
  expect(certificate(files.caCertificate)).toMatchObject({ ca: true, subject: 'CN=hostpulse CA on web-1.example.com' });
});

test('private keys are readable by their owner only', () => {
  ensure();
  expect([files.caKey, files.serverKey].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
});

test('nothing changes while the certificate is current', () => {
  ensure();
  const before = Object.values(files).map((file) => readFileSync(file, 'utf8'));
  expect(ensure({ atMs: nowMs + 59 * dayMs }).isRenewed).toBe(false);
  expect(Object.values(files).map((file) => readFileSync(file, 'utf8'))).toEqual(before);
});

test('the certificate is renewed 30 days before its end; CA and keys stay', () => {
  const { fingerprint } = ensure();
  const [key, caKey] = [files.serverKey, files.caKey].map((file) => readFileSync(file, 'utf8'));
  expect(ensure({ atMs: nowMs + 61 * dayMs })).toEqual({ fingerprint, isRenewed: true });
  expect(Date.parse(certificate(files.serverCertificate).validTo)).toBeGreaterThan(nowMs + 150 * dayMs);
  expect([readFileSync(files.serverKey, 'utf8'), readFileSync(files.caKey, 'utf8')]).toEqual([key, caKey]);
});

test('a new name of the machine renews the certificate', () => {
  ensure();
  expect(ensure({ names: [...names, '10.0.0.9'] }).isRenewed).toBe(true);
  expect(certificate(files.serverCertificate).checkIP('10.0.0.9')).toBe('10.0.0.9');
});

test('a CA without its key is not replaced', () => {
  ensure();
  rmSync(files.caKey);
  expect(() => ensure()).toThrow(`${files.caKey}: expected the key of the CA in ${files.caCertificate}`);
});

test('a damaged file is named', () => {
  ensure();
  writeFileSync(files.serverCertificate, 'no PEM');
  expect(() => ensure()).toThrow(`${files.serverCertificate}: expected a certificate in PEM`);
});

test('an end after 2049 is a GeneralizedTime, which readers understand', () => {
  ensure({ atMs: Date.parse('2045-01-01') });
  expect(new Date(certificate(files.caCertificate).validTo).getUTCFullYear()).toBe(2054);
});
