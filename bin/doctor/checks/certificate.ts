/** Checks the certificate of the gateway: its end, its names, and the certificate of the CA. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { authorityFiles } from '../../../stack/tls/authority-files.ts';
import type { TlsChoice } from '../../../stack/tls/tls-choice.ts';
import { type Check, type Finding, fault, ok, warning } from '../site/finding.ts';

export const certificate: Check = {
  name: 'certificate',
  async run({ local, gateway, now }) {
    if (local === undefined) {
      const url = new URL(gateway?.url ?? 'http://127.0.0.1');
      if (url.protocol !== 'https:') return [];
      const found = { certificate: await servedBy(url), host: url.hostname, what: url.host, renew: renewAtServer };
      return judgeCertificate(found, now());
    }
    const { tls } = local.config;
    const files = filesOf(tls, local.directory.tls.folder);
    const host = new URL(local.address.publicUrl).hostname;
    return files
      .filter(({ file }) => existsSync(file))
      .flatMap(({ file, isServer, renew }) => {
        const names = isServer ? { host } : {};
        return judgeCertificate({ certificate: readCertificate(file), what: file, renew, ...names }, now());
      });
  },
};

interface CertificateFile {
  readonly file: string;
  readonly isServer: boolean;
  readonly renew: string;
}

const renewAtServer = 'renew the certificate on the server';

function filesOf(tls: TlsChoice, folder: string): readonly CertificateFile[] {
  if (tls.kind === 'off') return [];
  if (tls.kind === 'files') {
    const renew = `write the renewed certificate to ${tls.certFile} and its key to ${tls.keyFile}; the gateway reads them without a restart`;
    return [{ file: tls.certFile, isServer: true, renew }];
  }
  const { caCertificate, serverCertificate } = authorityFiles(folder);
  return [
    { file: serverCertificate, isServer: true, renew: 'restart hostpulse, which issues a new certificate' },
    { file: caCertificate, isServer: false, renew: `remove ${folder}, restart hostpulse, and add each host again` },
  ];
}

function readCertificate(file: string): X509Certificate {
  return new X509Certificate(readFileSync(file));
}

export interface JudgedCertificate {
  readonly certificate: X509Certificate;
  /** A file or an address. */
  readonly what: string;
  /** The name that hosts and browsers use; absent for a CA. */
  readonly host?: string;
  readonly renew: string;
}

const dayMs = 86_400_000;
const soonDays = 14;

export function judgeCertificate(
  { certificate: found, what, host, renew }: JudgedCertificate,
  nowMs: number,
): readonly Finding[] {
  const days = (Date.parse(found.validTo) - nowMs) / dayMs;
  const end = new Date(found.validTo).toISOString().slice(0, 10);
  if (days < 0) return [fault(`${what}: the certificate expired on ${end}`, renew)];
  if (Date.parse(found.validFrom) > nowMs)
    return [fault(`${what}: the certificate is valid only from ${found.validFrom} on`, `check the clock, or ${renew}`)];
  if (host !== undefined && !hasName(found, host))
    return [fault(`${what}: the certificate does not name ${host}`, `${renew}, with this name, or change public_url`)];
  if (days < soonDays)
    return [warning(`${what}: the certificate expires on ${end}, in ${Math.floor(days)} days`, renew)];
  return [ok(`${what}: valid until ${end}`)];
}

function hasName(found: X509Certificate, host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return (isIP(bare) === 0 ? found.checkHost(bare) : found.checkIP(bare)) !== undefined;
}

const connectLimitMs = 5_000;

/** Accepts every certificate: the check judges it, and nothing is sent. */
function servedBy({ hostname, port }: URL): Promise<X509Certificate> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { host, port: Number(port || 443), servername: /[a-z]/i.test(host) ? host : '', rejectUnauthorized: false },
      () => {
        const found = socket.getPeerX509Certificate();
        socket.destroy();
        if (found === undefined) reject(new Error(`${host} sent no certificate`));
        else resolve(found);
      },
    );
    socket.setTimeout(connectLimitMs, () => socket.destroy(new Error(`${host} does not answer within 5 s`)));
    socket.once('error', reject);
  });
}
