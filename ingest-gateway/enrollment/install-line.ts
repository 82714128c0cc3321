/** The shell line that adds a host. */
import type { ServerIdentity } from './server-identity.ts';

/**
 * Returns the line. Where the certificate comes from the server's own CA, the host cannot verify it yet, so curl skips the CA
 * check and compares the server's key with the pin instead: only the holder of that key can serve the script. curl checks the
 * pin although `-k` is given. No redirect is followed there.
 */
export function renderInstallLine({ url, ca }: ServerIdentity, argument: string): string {
  const fetch = ca === undefined ? 'curl -fsSL' : `curl -fsSk --pinnedpubkey 'sha256//${ca.pin}'`;
  return `${fetch} ${quote(`${url}/install`)} | sudo sh -s -- ${argument}`;
}

/** Quotes a text for a POSIX shell where needed. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Returns what a reader of the line should know; empty for a public server with TLS. */
export function lineWarnings({ url }: ServerIdentity): readonly string[] {
  const { protocol, hostname } = new URL(url);
  const isLoopback = /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  if (isLoopback)
    return [
      'The server listens on loopback: only this machine reaches it. Restart it with "hostpulse up --listen 0.0.0.0:9180 --tls auto".',
    ];
  if (protocol === 'http:')
    return [
      'Without TLS, anyone on the network can read keys and replace the install script. Restart the server with "--tls auto".',
    ];
  return [];
}
