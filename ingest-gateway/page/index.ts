/** The built-in page: the first page, the API's document, the style sheet, logging in and out. */
import { Router } from 'express';
import { setRoute } from '../http-metrics.ts';
import type { OpenApiDocument } from '../openapi/document.ts';
import type { Route } from '../route.ts';
import type { Services } from '../services.ts';
import { docsPage, docsPath } from './docs.ts';
import { homePage } from './home.ts';
import { stylePath } from './layout.ts';
import { loginRoutes } from './login.ts';
import { style } from './style.ts';

export interface PageOptions {
  readonly services: Services;
  readonly routes: readonly Route[];
  readonly document: OpenApiDocument;
  readonly publicUrl: string | undefined;
}

export function pageRoutes({ services, routes, document, publicUrl }: PageOptions): Router {
  const router = Router();
  router.get('/', homePage(services, routes));
  router.get(docsPath, docsPage(document));
  router.get(stylePath, (_request, response) => {
    setRoute(response, 'style');
    response.set('Cache-Control', 'max-age=86400').type('text/css').send(style);
  });
  router.use(loginRoutes({ db: services.db, guard: services.loginGuard, now: services.now, publicUrl }));
  return router;
}
