/**
 * Protects writes against other sites (CSRF, DNS rebinding). A key is sent in a header that no other site can set. A browser
 * sends the session cookie by itself, so a request with a cookie must come from the gateway's own page, under its own name.
 */
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { parseCredential } from '../../common/http/credential.ts';
import { HttpProblem } from '../../common/http/problem.ts';

export interface RequestGuardOptions {
  /** URL of the gateway for people, unless they use an IP address or localhost. */
  readonly publicUrl: string | undefined;
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Refuses writes from other sites with 403, and unknown host names with 421. */
export function requestGuard({ publicUrl }: RequestGuardOptions): RequestHandler {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  return (request, _response, next) => {
    if (safeMethods.includes(request.method)) return next();
    const host = request.headers.host ?? '';
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin !== undefined && !isOwnOrigin(origin, [host, publicHost]))
      throw new HttpProblem(403, 'the request comes from a page of another site', {
        errors: [{ path: 'Origin', message: 'expected the origin of this gateway' }],
      });
    if (site === 'cross-site' || site === 'same-site')
      throw new HttpProblem(403, 'the request comes from a page of another site', {
        errors: [{ path: 'Sec-Fetch-Site', message: 'expected same-origin or none' }],
      });
    const carriesKey = parseCredential(request.headers)?.kind === 'token';
    if (!carriesKey && !isOwnHost(host, publicHost))
      throw new HttpProblem(421, 'the host name is unknown to the gateway; set public_url', {
        errors: [{ path: 'Host', message: 'expected an IP address, localhost or the host of public_url' }],
      });
    next();
  };
}

function isOwnOrigin(origin: string, hosts: readonly (string | undefined)[]): boolean {
  const parsed = URL.parse(origin); // opaque origins are "null", which is not a URL
  return parsed !== null && hosts.includes(parsed.host);
}

/** DNS rebinding needs a name that is neither an IP address nor localhost. */
function isOwnHost(host: string, publicHost: string | undefined): boolean {
  if (host !== '' && host === publicHost) return true;
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '');
  return name !== undefined && (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost'));
}
