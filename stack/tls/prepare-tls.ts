/** Writes the gateway's web configuration for TLS, and keeps the certificate of `tls: auto` current while the stack runs. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Log } from '../../common/program/log.ts';
import type { DataDirectory } from '../data/data-directory.ts';
import { authorityFiles } from './authority-files.ts';
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

/** A machine gets new addresses while it runs: the certificate names them within a minute. */
const renewalCheckMs = 60_000;

/** Returns undefined when TLS is off. Rejects with a `StartError` when the CA of `tls: auto` is damaged. */
export async function prepareTls(
  { tls, directory, names: presentNames }: TlsPlan,
  log: Log,
): Promise<TlsFacts | undefined> {
  if (tls.kind === 'off') return undefined;
  const files = authorityFiles(directory.tls.folder);
  if (tls.kind === 'files') {
    writeWebConfig(directory, { certFile: resolve(tls.certFile), keyFile: resolve(tls.keyFile) });
    const caFile = tryCaFile(tls, directory);
    if (caFile === undefined) return {};
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    return { fingerprint: new X509Certificate(readFileSync(caFile)).fingerprint256 };
  }
  const names = presentNames();
  const { ensureAuthority } = await import('./authority.ts');
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
    // Without the data directory, a new CA would be created at its place.
    if (!existsSync(plan.directory.tls.webConfig)) return;
    prepareTls(plan, log).catch((error: unknown) =>
      log.error('the certificate cannot be renewed; the present one stays in use until its end', { error }),
    );
  }, renewalCheckMs);
  return timer.unref();
}

/** JSON is YAML. Leaves a file with this text unchanged, so that the gateway does not read the file again. */
function writeWebConfig({ tls }: Pick<DataDirectory, 'tls'>, files: { certFile: string; keyFile: string }): void {
  mkdirSync(tls.folder, { recursive: true, mode: 0o700 });
  const settings = { tls_server_config: { cert_file: files.certFile, key_file: files.keyFile } };
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  if (existsSync(tls.webConfig) && readFileSync(tls.webConfig, 'utf8') === text) return;
  writeFileSync(tls.webConfig, text, { mode: 0o600 });
}
