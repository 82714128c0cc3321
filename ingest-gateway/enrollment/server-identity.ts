/** How hosts reach and verify this gateway: its URL, the CA that they need, and the pin of its key. */
import { hash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname, resolve } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { HttpProblem } from '../../common/http/problem.ts';
import { readWebConfig } from '../../common/http/web-config/web-config.ts';

export interface ServerIdentity {
  /** Without a slash at the end. */
  readonly url: string;
  /** Present where hosts do not trust the certificate by themselves. */
  readonly ca?: {
    readonly pem: string;
    /** SHA-256 of the CA certificate, in hex with colons. */
    readonly fingerprint: string;
    /** SHA-256 of the server's public key in base64, as curl's `--pinnedpubkey` takes it. */
    readonly pin: string;
  };
}

export interface IdentityOptions {
  readonly publicUrl: string | undefined;
  readonly caFile: string | undefined;
  readonly webConfigFile: string | undefined;
}

/** Returns a function that reads the certificates at each call, because they are renewed while the gateway runs. */
export function createServerIdentity({ publicUrl, caFile, webConfigFile }: IdentityOptions) {
  return (request: IncomingMessage): ServerIdentity => {
    const url = publicUrl ?? requestUrl(request);
    if (caFile === undefined || webConfigFile === undefined) return { url };
    const { certFile, cert } = readWebConfig(webConfigFile);
    const pem = cert?.reveal() ?? readFileSync(resolve(dirname(webConfigFile), certFile ?? ''), 'utf8');
    const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
    const ca = new X509Certificate(readFileSync(caFile));
    return { url, ca: { pem: ca.toString(), fingerprint: ca.fingerprint256, pin: hash('sha256', spki, 'base64') } };
  };
}

/** Without `public_url`, the URL of the request. The header Host goes into a shell script, so its characters are checked. */
function requestUrl({ headers: { host = '' }, socket }: IncomingMessage): string {
  if (!/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/.test(host))
    throw new HttpProblem(400, 'the header Host is not valid; set public_url', {
      errors: [{ path: 'Host', message: 'expected a host name or an IP address' }],
    });
  return `${(socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http'}://${host}`;
}
