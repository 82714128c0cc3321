/** The routes of the page: files, dashboards, session, API documentation, login and logout. */
import { join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { packageRoot } from '../../common/program/package.ts';
import type { OpenApiDocument } from '../api/openapi/document.ts';
import { basePathOf } from '../api/request-pipeline.ts';
import type { Services } from '../api/services.ts';
import { authorize } from '../auth/credentials.ts';
import { guardedCredentials } from '../auth/rate-limits.ts';
import { setRoute } from '../http/http-metrics.ts';
import { ackRoutes } from './ack.ts';
import { consoleRoutes } from './console.ts';
import { docsPage, docsPath } from './docs.ts';
import { html } from './html/html.ts';
import { sendPage, stylePath } from './html/layout.ts';
import { style } from './html/style.ts';
import { installRoutes } from './install.ts';
import { loginRoutes } from './login.ts';
import { pageDataRoutes } from './page-data.ts';

export interface PageOptions {
  readonly services: Services;
  readonly document: OpenApiDocument;
  readonly publicUrl: string | undefined;
  readonly version: string;
}

export function pageRoutes({ services, document, publicUrl, version }: PageOptions): Router {
  const router = Router();
  const { credentials, credentialGuard, prometheus } = services;
  router.get(docsPath, docsPage(document));
  router.get(stylePath, (_request, response) => {
    setRoute(response, 'style');
    response.set('Cache-Control', 'max-age=86400').type('text/css').send(style);
  });
  router.use(installRoutes(services.enrollment));
  router.use(ackRoutes({ db: services.db, now: services.now }));
  router.use(loginRoutes({ db: services.db, guard: services.loginGuard, now: services.now, publicUrl }));
  router.use(
    pageDataRoutes({
      readerOf: ({ headers, socket }) =>
        authorize(headers, 'read', guardedCredentials(credentials, credentialGuard, socket.remoteAddress)),
      dashboardFolder: join(packageRoot(), 'grafana', 'dashboards'),
      prometheus,
      version,
    }),
  );
  router.use(consoleRoutes(join(packageRoot(), 'dist', 'console'), basePathOf(publicUrl)));
  router.use(notFoundPage());
  return router;
}

/** Paths of the API, which answers browsers and programs alike. */
const apiPath = /^\/(?:api|v1)(?:\/|$)/;

/** The page for unknown URLs in a browser. Programs get a problem document. */
function notFoundPage(): RequestHandler {
  return (request, response, next) => {
    const isReader = ['GET', 'HEAD'].includes(request.method) && request.accepts(['json', 'html']) === 'html';
    if (!isReader || apiPath.test(request.path)) return next();
    sendPage(response, {
      status: 404,
      title: 'Page not found - hostpulse',
      body: html`<main class="narrow"><h1>hostpulse</h1><section><h2>Page not found</h2><p>There is no page at <code>${request.path}</code>.</p><p><a href="/">Open the overview</a></p></section></main>`,
    });
  };
}
