/** The relay's HTTP application: the list of routes. Any other request gets a problem document. */
import express, { type Express, type RequestHandler } from 'express';
import { notFound, problemHandler } from '../../common/http/problem.ts';
import { health } from './health.ts';
import { metrics } from './metrics.ts';
import type { Route, RouteContext } from './route.ts';
import { webhook } from './webhook.ts';

const routes: readonly Route[] = [webhook, metrics, health];

export function createApplication(context: RouteContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(secureHeaders);
  for (const route of routes) app.use(route(context));
  app.use(notFound());
  app.use(problemHandler(context.log));
  return app;
}

/** No response is meant for a browser. */
const secureHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  next();
};
