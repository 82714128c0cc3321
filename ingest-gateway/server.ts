/** The HTTP application of the gateway: middlewares for every request, then one handler per route. */
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import type { Registry } from 'prom-client';
import { authorize, type Principal } from '../common/http/auth.ts';
import { HttpProblem, notFound, problemHandler } from '../common/http/problem.ts';
import type { Log } from '../common/program/log.ts';
import { asCaller } from '../common/prometheus/connection.ts';
import { createDocument, documentPath, type OpenApiDocument } from './api/openapi/document.ts';
import { requestGuard, requestId, requestLog, secureHeaders } from './api/request-pipeline.ts';
import type { Method, Route } from './api/route.ts';
import { routes } from './api/routes/index.ts';
import type { Services } from './api/services.ts';
import { requireUnbound } from './auth/host-scope.ts';
import { guardedCredentials, hostHeader } from './auth/rate-limits.ts';
import { addressOf, basePath, basePathOf } from './http/base-path.ts';
import { httpMetrics, setRoute } from './http/http-metrics.ts';
import { parseParameters } from './http/request-input.ts';
import { serveSelfMetrics } from './http/self-metrics.ts';
import { explainPrometheus } from './prometheus/problem.ts';
import { pageRoutes } from './web/index.ts';

export interface ApplicationOptions {
  readonly services: Services;
  readonly registry: Registry;
  /** Metrics of single hosts, which `/metrics` shows only to credentials. */
  readonly hostRegistry: Registry;
  readonly log: Log;
  readonly publicUrl: string | undefined;
  /** Version of the program, for the OpenAPI document. */
  readonly version: string;
  /** False once the program is stopping. */
  readonly isReady: () => boolean;
}

/** A form contains a PromQL expression and little else. */
const maxFormBytes = 256 * 1024;

export function createApplication({
  services,
  registry,
  hostRegistry,
  log,
  publicUrl,
  version,
  isReady,
}: ApplicationOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false).set('case sensitive routing', true);
  app.use(basePath(publicUrl));
  app.use(requestId(), requestLog(log), httpMetrics(registry), secureHeaders(), requestGuard({ publicUrl }));
  app.get('/metrics', serveSelfMetrics({ registry, hostRegistry, services }));
  app.get(
    '/-/healthy',
    serveText('healthy', () => true),
  );
  app.get('/-/ready', serveText('ready', isReady));
  for (const route of routes) addRoute(app, route, services);
  for (const [path, each] of Map.groupBy(routes, (route) => route.path)) refuseOtherMethods(app, path, each);
  const document = createDocument(routes, { version, url: basePathOf(publicUrl) || '/' });
  app.get(documentPath, serveDocument(document));
  app.use(pageRoutes({ services, document, publicUrl, version }));
  app.use(notFound(), problemHandler(log));
  return app;
}

function addRoute(app: Express, route: Route, services: Services): void {
  const label: RequestHandler = (_request, response, next) => {
    setRoute(response, route.name);
    next();
  };
  const handler = serveRoute(route, services);
  for (const method of route.methods)
    app[verbs[method]](expressPath(route.path), label, ...bodyParsers(route, method), handler);
}

function refuseOtherMethods(app: Express, path: string, [first, ...others]: readonly Route[]): void {
  if (first === undefined) return;
  const label: RequestHandler = (_request, response, next) => {
    setRoute(response, first.name);
    next();
  };
  app.all(expressPath(path), label, methodNotAllowed([first, ...others].flatMap(({ methods }) => methods)));
}

/** Returns `/silences/{id}` in the syntax of express. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

const verbs = { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' } as const satisfies Record<Method, string>;

/** A route with a body reads it after the authorization of the caller. */
function bodyParsers({ body }: Route, method: Method): RequestHandler[] {
  if (method !== 'POST' || body !== undefined) return [];
  const form = 'application/x-www-form-urlencoded';
  const check: RequestHandler = (request, _response, next) => {
    if (request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? 0) === 0)
      return next();
    if (request.is(form) === form) return next();
    throw new HttpProblem(415, 'the type of the body is not supported', {
      errors: [{ path: 'Content-Type', message: `expected ${form}` }],
    });
  };
  return [check, express.text({ type: form, limit: maxFormBytes })];
}

function serveRoute(route: Route, services: Services): RequestHandler {
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

function methodNotAllowed(methods: readonly Method[]): RequestHandler {
  const allowed = methods.includes('GET') ? ['GET', 'HEAD', ...methods.filter((each) => each !== 'GET')] : methods;
  return (request) => {
    throw new HttpProblem(405, `${request.method} is not for ${request.path}; expected ${allowed.join(', ')}`, {
      headers: { Allow: allowed.join(', ') },
    });
  };
}

function serveDocument(document: OpenApiDocument): RequestHandler {
  const text = JSON.stringify(document);
  return (_request, response) => {
    setRoute(response, 'openapi');
    response.type('application/json').send(text);
  };
}

function serveText(word: string, isTrue: () => boolean): RequestHandler {
  return (_request, response) => {
    setRoute(response, word);
    if (isTrue()) response.type('text/plain').send(`${word}\n`);
    else response.status(503).type('text/plain').send(`not ${word}: stopping\n`);
  };
}
