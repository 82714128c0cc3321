/** The relay's HTTP application: headers, routes, and problems for everything else. */
import express, { type Express, type RequestHandler } from 'express';
import { notFound, problemHandler } from '../common/http/problem.ts';
import { routes } from './routes/index.ts';
import type { RouteContext } from './routes/route.ts';

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

/** Nothing here is for a browser. */
const secureHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  next();
};
