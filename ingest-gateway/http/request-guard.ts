/**
 * Where a write may come from. Whoever holds a key says so in a header that no other site can set; a session cookie is
 * sent by the browser itself, so what it accompanies must come from our own page, under a name that is ours.
 */
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { parseCredential } from '../../common/http/credential.ts';
import { HttpProblem } from '../../common/http/problem.ts';

export interface RequestGuardOptions {
  /** Under which people reach the gateway, when not by address or as localhost. */
  readonly publicUrl: string | undefined;
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Refuses writes from other sites: 403 for the origin, 421 for a name that is not ours. */
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
      throw new HttpProblem(421, 'the gateway is not known under this name; set public_url', {
        errors: [{ path: 'Host', message: "expected an address, localhost or public_url's host" }],
      });
    next();
  };
}

function isOwnOrigin(origin: string, hosts: readonly (string | undefined)[]): boolean {
  const parsed = URL.parse(origin); // "null" for opaque origins: no URL
  return parsed !== null && hosts.includes(parsed.host);
}

/** A name that another site's DNS may point at us (rebinding) is neither an address nor localhost. */
function isOwnHost(host: string, publicHost: string | undefined): boolean {
  if (host !== '' && host === publicHost) return true;
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '');
  return name !== undefined && (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost'));
}
