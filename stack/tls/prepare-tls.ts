/** Writes the gateway's web configuration for TLS, and keeps the certificate of `tls: auto` current while the stack runs. */
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Log } from '../../common/program/log.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import { authorityFiles, ensureAuthority } from './authority.ts';
import type { TlsChoice } from './tls-choice.ts';

export interface TlsPlan {
  readonly tls: TlsChoice;
  readonly directory: Pick<DataDirectory, 'tls'>;
  /** Returns the present names and addresses of the server. */
  readonly names: () => readonly [string, ...string[]];
}

export interface TlsFacts {
  /** SHA-256 of the CA certificate that hosts need; absent for a certificate of a public CA. */
  readonly fingerprint?: string;
}

const renewalCheckMs = 12 * 3_600_000;

/** Returns undefined when TLS is off. Throws a `StartError` when the CA of `tls: auto` is damaged. */
export function prepareTls({ tls, directory, names: presentNames }: TlsPlan, log: Log): TlsFacts | undefined {
  if (tls.kind === 'off') return undefined;
  const files = authorityFiles(directory.tls.folder);
  if (tls.kind === 'files') {
    writeWebConfig(directory, { certFile: resolve(tls.certFile), keyFile: resolve(tls.keyFile) });
    const caFile = tryCaFile(tls, directory);
    return caFile === undefined ? {} : { fingerprint: new X509Certificate(readFileSync(caFile)).fingerprint256 };
  }
  const names = presentNames();
  const { fingerprint, isRenewed } = ensureAuthority({ files, names, nowMs: Date.now() });
  if (isRenewed) log.info('issued a certificate for the gateway', { names: names.join(' ') });
  writeWebConfig(directory, { certFile: files.serverCertificate, keyFile: files.serverKey });
  return { fingerprint };
}

/** Returns the CA certificate that hosts need; undefined without TLS, and for a certificate of a public CA. */
export function tryCaFile(tls: TlsChoice, directory: Pick<DataDirectory, 'tls'>): string | undefined {
  if (tls.kind === 'auto') return authorityFiles(directory.tls.folder).caCertificate;
  return tls.kind === 'files' && tls.caFile !== undefined ? resolve(tls.caFile) : undefined;
}

/** Renews the certificate of `tls: auto` in time. The gateway reads the new file at the next connection. */
export function renewEvery(plan: TlsPlan, log: Log): NodeJS.Timeout | undefined {
  if (plan.tls.kind !== 'auto') return undefined;
  const timer = setInterval(() => {
    try {
      prepareTls(plan, log);
    } catch (error) {
      log.error('the certificate cannot be renewed; the present one stays in use until its end', { error });
    }
  }, renewalCheckMs);
  return timer.unref();
}

/** JSON is YAML. The text changes only with the paths, so that the gateway does not read the file again without need. */
function writeWebConfig({ tls }: Pick<DataDirectory, 'tls'>, files: { certFile: string; keyFile: string }): void {
  mkdirSync(tls.folder, { recursive: true, mode: 0o700 });
  const settings = { tls_server_config: { cert_file: files.certFile, key_file: files.keyFile } };
  writeFileSync(tls.webConfig, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}
