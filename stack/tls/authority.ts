/**
 * The certificates of `tls: auto` in the data directory. The CA is created once: hosts and browsers trust the CA, so a new
 * one would lock them out. The server's key is kept as well, so that its pin in an install line stays valid. Only the server's
 * certificate is renewed.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import { StartError } from '../../common/program/program.ts';
import type { AuthorityFiles } from './authority-files.ts';
import { issueCa, issueServerCertificate } from './certificate.ts';

export interface Authority {
  /** SHA-256 of the CA certificate, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string;
  /** True when the server's certificate was issued by this call. */
  readonly isRenewed: boolean;
}

export interface AuthorityOptions {
  readonly files: AuthorityFiles;
  /** DNS names and IP addresses under which clients reach the server; the first one is the subject. */
  readonly names: readonly [string, ...string[]];
  readonly nowMs: number;
}

const dayMs = 86_400_000;
const caLifetimeMs = 10 * 365 * dayMs;
const serverLifetimeMs = 90 * dayMs;
const renewBeforeMs = 30 * dayMs;
/** Clients whose clocks are behind accept a new certificate. */
const backdatedMs = 3_600_000;

/**
 * Creates the missing files, and renews the server's certificate 30 days before its end, when a name is missing in it, or when
 * the CA did not sign it. Keys have the mode 0600. Throws a `StartError` for a CA without its key, or with another one.
 */
export function ensureAuthority({ files, names, nowMs }: AuthorityOptions): Authority {
  const ca = ensureCa(files, { commonName: `hostpulse CA on ${names[0]}`, nowMs });
  const key = ensureKey(files.serverKey);
  const { fingerprint256: fingerprint } = ca.certificate;
  const current = tryCertificate(files.serverCertificate);
  if (current !== undefined && !needsRenewal(current, { ca: ca.certificate, key, names, nowMs }))
    return { fingerprint, isRenewed: false };
  const certificate = issueServerCertificate({
    subject: names[0],
    key,
    names,
    issuer: { subject: ca.subject, key: ca.key },
    notBeforeMs: nowMs - backdatedMs,
    notAfterMs: Math.min(nowMs + serverLifetimeMs, Date.parse(ca.certificate.validTo)),
  });
  writeAtomically(files.serverCertificate, certificate, 0o644);
  return { fingerprint, isRenewed: true };
}

interface Ca {
  readonly certificate: X509Certificate;
  readonly subject: string;
  readonly key: KeyObject;
}

function ensureCa(files: AuthorityFiles, { commonName, nowMs }: { commonName: string; nowMs: number }): Ca {
  const existing = tryCertificate(files.caCertificate);
  if (existing !== undefined) {
    const key = tryKey(files.caKey);
    if (key === undefined || !existing.checkPrivateKey(key))
      throw new StartError(
        `${files.caKey}: expected the key of the CA in ${files.caCertificate}; restore it from a backup, or delete both files to create a CA that every host and browser must trust again`,
      );
    return { certificate: existing, subject: commonNameOf(existing), key };
  }
  const key = ensureKey(files.caKey);
  const times = { notBeforeMs: nowMs - backdatedMs, notAfterMs: nowMs + caLifetimeMs };
  const pem = issueCa({ subject: commonName, key, ...times });
  writeAtomically(files.caCertificate, pem, 0o644);
  const certificate = new X509Certificate(pem);
  return { certificate, subject: commonNameOf(certificate), key };
}

function commonNameOf({ subject }: X509Certificate): string {
  return subject.replace(/^CN=/, '');
}

interface Wanted {
  readonly ca: X509Certificate;
  readonly key: KeyObject;
  readonly names: readonly string[];
  readonly nowMs: number;
}

function needsRenewal(certificate: X509Certificate, { ca, key, names, nowMs }: Wanted): boolean {
  const isCurrent =
    Date.parse(certificate.validTo) - nowMs > renewBeforeMs && Date.parse(certificate.validFrom) <= nowMs;
  const isOurs = certificate.checkPrivateKey(key) && certificate.verify(ca.publicKey);
  return !isCurrent || !isOurs || names.some((name) => !covers(certificate, name));
}

function covers(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

function ensureKey(file: string): KeyObject {
  const existing = tryKey(file);
  if (existing !== undefined) return existing;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeAtomically(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  return privateKey;
}

function tryKey(file: string): KeyObject | undefined {
  return tryParse(file, 'a private key in PEM', (text) => createPrivateKey(text));
}

function tryCertificate(file: string): X509Certificate | undefined {
  return tryParse(file, 'a certificate in PEM', (text) => new X509Certificate(text));
}

function tryParse<T>(file: string, expected: string, parse: (text: string) => T): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new StartError(`${file}: expected ${expected}`, { cause });
  }
}

/** A crash leaves the previous file or the new one. */
function writeAtomically(file: string, text: string, mode: number): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}
