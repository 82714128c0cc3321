/** Assembles the HTTP application of the gateway: first the middlewares that every request passes, then one handler for each route. */
import express, { type Express, type RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import { HttpProblem, notFound, problemHandler } from '../common/http/problem.ts';
import type { Log } from '../common/program/log.ts';
import { createDocument, documentPath, type OpenApiDocument } from './api/openapi/document.ts';
import {
  basePath,
  basePathOf,
  requestGuard,
  requestId,
  requestLog,
  routeLabel,
  secureHeaders,
  serveRoute,
} from './api/request-pipeline.ts';
import type { Method, Route } from './api/route.ts';
import { routes } from './api/routes/index.ts';
import type { Services } from './api/services.ts';
import { httpMetrics, setRoute } from './http/http-metrics.ts';
import { serveSelfMetrics } from './http/self-metrics.ts';
import { pageRoutes } from './web/index.ts';

export interface ApplicationOptions {
  readonly services: Services;
  readonly registry: Registry;
  /** Returns the metrics of single hosts, which `/metrics` shows only to credentials. */
  readonly hostMetrics: () => string;
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
  hostMetrics,
  log,
  publicUrl,
  version,
  isReady,
}: ApplicationOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false).set('case sensitive routing', true);
  app.use(basePath(publicUrl));
  app.use(requestId(), requestLog(log), httpMetrics(registry), secureHeaders(), requestGuard({ publicUrl }));
  app.get('/metrics', serveSelfMetrics({ registry, hostMetrics, services }));
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
  const label = routeLabel(route.name);
  const handler = serveRoute(route, services);
  for (const method of route.methods)
    app[verbs[method]](expressPath(route.path), label, ...bodyParsers(route, method), handler);
}

function refuseOtherMethods(app: Express, path: string, [first, ...others]: readonly Route[]): void {
  if (first === undefined) return;
  app.all(
    expressPath(path),
    routeLabel(first.name),
    methodNotAllowed([first, ...others].flatMap(({ methods }) => methods)),
  );
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
