/** Middlewares that every request passes: its id and log line, security headers, and the guard against other sites. */
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { RequestHandler, Response } from 'express';
import { parseCredential } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Log } from '../../common/program/log.ts';

const idHeader = 'X-Request-Id';

/** Gives every request an id, by default the caller's own, so that the logs of both sides can be joined. */
export function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    response.setHeader(idHeader, typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID());
    next();
  };
}

/** Logs every request at level debug. The query string is left out, because it contains the token of a login link. */
export function requestLog(log: Log): RequestHandler {
  if (!log.shows('debug')) return (_request, _response, next) => next();
  return (request, response: Response, next) => {
    const startMs = performance.now();
    response.once('close', () => {
      log.debug('request', {
        method: request.method,
        path: request.path,
        status: response.statusCode,
        ms: Math.round(performance.now() - startMs),
        request_id: response.get(idHeader),
      });
    });
    next();
  };
}

/** Headers of every answer. */
const always = Object.entries({
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Under no-referrer, browsers would send the login form with `Origin: null`, which the request guard refuses.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
});

/** Two years, as required by preload lists. Sent over TLS only, as RFC 6797 demands. */
const strictTransport = 'max-age=63072000';

export function secureHeaders(): RequestHandler {
  return (request, response, next) => {
    for (const [name, value] of always) response.setHeader(name, value);
    if (request.secure) response.setHeader('Strict-Transport-Security', strictTransport);
    next();
  };
}

export interface RequestGuardOptions {
  /** URL of the gateway for people, unless they use an IP address or localhost. */
  readonly publicUrl: string | undefined;
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Protects writes against other sites (CSRF, DNS rebinding): refuses them with 403, and unknown host names with 421. A key is sent
 * in a header that no other site can set. A browser sends the session cookie by itself, so a request with a cookie must come from
 * the gateway's own page, under its own name.
 */
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
