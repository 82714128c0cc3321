/** TLS of a listener: key material, protocol versions, ciphers, and client certificates. */
import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { messageOf } from '../../program/log.ts';
import { ConfigError, type Problem } from '../../program/settings/config.ts';
import { type ClientAuthType, opensslCipher, opensslCurve, opensslVersion } from './tls-names.ts';
import type { WebConfig } from './web-config.ts';

export interface TlsPolicy {
  readonly context: SecureContextOptions;
  /** The server requests a client certificate. */
  readonly requestCert: boolean;
  /** The handshake fails without a client certificate signed by the CA. */
  readonly rejectUnauthorized: boolean;
  /** Checks the client certificate after the handshake; false closes the connection. */
  readonly accepts: (socket: TLSSocket) => boolean;
}

/** Returns the absolute paths of the files that the configuration names. */
export function tlsFiles(file: string, { certFile, keyFile, clientCaFile }: WebConfig): readonly string[] {
  return [certFile, keyFile, clientCaFile].filter((each) => each !== undefined).map((each) => resolveFrom(file, each));
}

/** Returns undefined when the configuration has no TLS. Throws a `ConfigError` with every problem. */
export function readTlsPolicy(file: string, config: WebConfig): TlsPolicy | undefined {
  const { cert, certFile, key, keyFile, clientAuthType, clientCa, clientCaFile } = config;
  if ([cert, certFile, key, keyFile, clientAuthType, clientCa, clientCaFile].every((each) => each === undefined)) {
    return undefined;
  }
  const problems: Problem[] = [];
  const report = (name: string, expected: string, got: string): unknown =>
    problems.push({ place: `${file}: tls_server_config.${name}`, expected, got });
  const read = (name: string, inline: WebConfig['cert'], path: string | undefined): string | undefined => {
    if (inline !== undefined && path !== undefined) report(name, `${name} or ${name}_file`, 'both');
    if (inline !== undefined) return inline.reveal();
    if (path === undefined) return undefined;
    try {
      return readFileSync(resolveFrom(file, path), 'utf8');
    } catch (error) {
      report(`${name}_file`, 'a readable file', messageOf(error));
      return undefined;
    }
  };
  for (const [name, ...ways] of [
    ['cert', cert, certFile],
    ['key', key, keyFile],
  ] as const) {
    if (ways.every((each) => each === undefined)) report(name, `${name} or ${name}_file, as TLS is configured`, 'none');
  }
  const material = {
    cert: read('cert', cert, certFile),
    key: read('key', key, keyFile),
    ca: read('client_ca', clientCa, clientCaFile),
  };
  checkPolicy(config, report);
  const context = contextOf(config, material);
  if (problems.length === 0) checkContext(context, report);
  if (problems.length > 0) throw new ConfigError(problems);
  const type = clientAuthType ?? 'NoClientCert';
  return {
    context,
    requestCert: type !== 'NoClientCert',
    rejectUnauthorized: type === 'RequireAndVerifyClientCert',
    accepts: clientCheck(type, config.clientAllowedSans),
  };
}

interface Material {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
}

function contextOf(config: WebConfig, { cert, key, ca }: Material): SecureContextOptions {
  const { minVersion, maxVersion, cipherSuites = [], curves = [], prefersServerOrder } = config;
  return {
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    // Node's default, the CAs of the public web, would accept client certificates that the operator never issued.
    ca: ca ?? [],
    minVersion: opensslVersion[minVersion],
    maxVersion: opensslVersion[maxVersion],
    honorCipherOrder: prefersServerOrder,
    ...(cipherSuites.length > 0 && { ciphers: cipherSuites.map((name) => opensslCipher[name]).join(':') }),
    ...(curves.length > 0 && { ecdhCurve: curves.map((name) => opensslCurve[name]).join(':') }),
  };
}

type Report = (name: string, expected: string, got: string) => unknown;

/** Reports combinations that protect less than they appear to. */
function checkPolicy(config: WebConfig, report: Report): void {
  const { clientAuthType: type = 'NoClientCert', clientAllowedSans, minVersion, maxVersion } = config;
  const hasCa = config.clientCa !== undefined || config.clientCaFile !== undefined;
  if (hasCa && type === 'NoClientCert') {
    report('client_auth_type', 'RequireAndVerifyClientCert, as there is a client CA', type);
  }
  if (!hasCa && (type === 'VerifyClientCertIfGiven' || type === 'RequireAndVerifyClientCert')) {
    report('client_ca_file', `a client CA, as client_auth_type is ${type}`, 'none');
  }
  if (clientAllowedSans !== undefined && !requiresCertificate(type)) {
    const expected = 'RequireAndVerifyClientCert or RequireAnyClientCert, as there are client_allowed_sans';
    report('client_auth_type', expected, type);
  }
  if (minVersion > maxVersion) report('min_version', `at most max_version, ${maxVersion}`, minVersion);
}

function checkContext(context: SecureContextOptions, report: Report): void {
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    createSecureContext(context);
  } catch (error) {
    report('cert', 'a certificate, its key and settings that go together', messageOf(error));
  }
}

function requiresCertificate(type: ClientAuthType): boolean {
  return type.startsWith('Require');
}

function clientCheck(type: ClientAuthType, allowedSans: readonly string[] | undefined): TlsPolicy['accepts'] {
  if (type === 'NoClientCert' || type === 'RequestClientCert') return () => true;
  return (socket) => {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return !requiresCertificate(type);
    if (type === 'VerifyClientCertIfGiven' && !socket.authorized) return false;
    return allowedSans === undefined || subjectNames(certificate).some((name) => allowedSans.includes(name));
  };
}

/** Returns the DNS names, IP addresses, e-mail addresses and URIs of a certificate, without their prefixes. */
function subjectNames({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.split(', ').map((entry) => entry.replace(/^[A-Za-z ]+:/, ''));
}

/** Resolves a path relative to the folder of the configuration file. */
function resolveFrom(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}
