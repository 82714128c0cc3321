/**
 * The steps that a request passes, in their order: base path, request id, log line, security headers, and the guard against other
 * sites; then the route, which authorizes the caller, counts the quota, parses the parameters and sends the answer.
 */
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Log } from '../../common/program/log.ts';
import { asCaller } from '../../common/prometheus/connection.ts';
import { authorize, parseCredential } from '../auth/credentials.ts';
import { requireUnbound } from '../auth/host-scope.ts';
import { guardedCredentials, hostHeader } from '../auth/rate-limits.ts';
import { setRoute } from '../http/http-metrics.ts';
import { parseParameters } from '../http/request-input.ts';
import { explainPrometheus } from '../prometheus/problem.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** Returns the path of a URL without a slash at the end; empty for the root and without a URL. */
export function basePathOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
}

/**
 * Serves the gateway below the path of `public_url`, such as `/pulse`. The path is removed from requests that have it, so that
 * proxies may pass it on or remove it. Links, redirects and cookies of answers get it.
 */
export function basePath(publicUrl: string | undefined): RequestHandler {
  const base = basePathOf(publicUrl);
  return (request, response, next) => {
    response.locals['basePath'] = base;
    if (base !== '' && request.url.startsWith(base) && /^(?:[/?]|$)/.test(request.url.slice(base.length))) {
      const rest = request.url.slice(base.length);
      request.url = rest.startsWith('/') ? rest : `/${rest}`;
    }
    next();
  };
}

/** Returns the address of a path of the gateway for the receiver of an answer. */
export function addressOf(response: Response, path: string): string {
  const base: unknown = response.locals['basePath'];
  return `${typeof base === 'string' ? base : ''}${path}`;
}

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

/** Names the route in the metrics of requests. */
export function routeLabel(name: string): RequestHandler {
  return (_request, response, next) => {
    setRoute(response, name);
    next();
  };
}

/** Serves a route: authorizes the caller, counts its quota, parses the parameters, and sends the answer of the handler. */
export function serveRoute(route: Route, services: Services): RequestHandler {
  return async (request, response) => {
    const principal = await callerOf(route, request, services);
    if (route.quota !== undefined && principal !== undefined) {
      const asked = { principal, host: request.get(hostHeader), address: request.socket.remoteAddress };
      response.set(services.collectorLimit.admit(asked));
    }
    const form = typeof request.body === 'string' ? request.body : '';
    const given = new URLSearchParams(`${queryOf(request.originalUrl)}&${form}`);
    for (const [name, value] of Object.entries(request.params)) given.append(name, String(value));
    const parameters = parseParameters(route.parameters, given);
    if (route.hosts === 'all') requireUnbound(principal);
    let signal: AbortSignal | undefined;
    const asked = {
      parameters,
      principal,
      incoming: request,
      get acceptsGzip() {
        return request.acceptsEncodings(['gzip', 'identity']) === 'gzip';
      },
      get signal() {
        signal ??= disconnectSignal(response);
        return signal;
      },
    };
    try {
      const {
        status,
        body,
        headers = {},
        type = 'application/json',
      } = await route.handle(asked, servicesOf(principal, route, services));
      response.status(status).set(headers);
      const { Location: place } = headers;
      if (place !== undefined) response.set('Location', addressOf(response, place));
      if (body === undefined) response.end();
      else response.type(type).send(Buffer.isBuffer(body) ? body : JSON.stringify(body));
    } catch (thrown) {
      throw explainPrometheus(thrown);
    }
  };
}

/** Gives each reader a fair share of the queries to Prometheus. */
function servicesOf(principal: Principal | undefined, { scope }: Route, services: Services): Services {
  if (principal === undefined || scope !== 'read') return services;
  return { ...services, prometheus: asCaller(services.prometheus, `${principal.kind} ${principal.id}`) };
}

/** Returns a signal that aborts when the caller disconnects before the answer. Created on demand, because pushes do not need it. */
function disconnectSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  if (response.closed) gone.abort();
  else
    response.once('close', () => {
      if (!response.writableFinished) gone.abort(); // an abort costs as much as a small answer
    });
  return gone.signal;
}

function callerOf({ scope }: Route, request: Request, services: Services): Promise<Principal> | undefined {
  if (scope === null) return undefined;
  const { credentials, credentialGuard } = services;
  const guarded = guardedCredentials(credentials, credentialGuard, request.socket.remoteAddress);
  return authorize(request.headers, scope, guarded);
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}
