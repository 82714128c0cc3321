/** Who the page's reader is, so that it offers only what the session may do. */
import { Router } from 'express';
import { hasScope } from '../../common/http/auth.ts';
import { setRoute } from '../http/http-metrics.ts';
import type { ReaderOf } from './reader.ts';
import { sendJson } from './send-json.ts';

export interface SessionOptions {
  readonly readerOf: ReaderOf;
  /** Of the program: the page shows it, and loads itself anew when it changes. */
  readonly version: string;
}

export function sessionRoutes({ readerOf, version }: SessionOptions): Router {
  const router = Router();
  router.get('/page/session', async (request, response) => {
    setRoute(response, 'page-session');
    const principal = await readerOf(request);
    const { name, host } = principal;
    const mayWrite = hasScope(principal, 'admin');
    await sendJson(request, response, { name, host, may_write: mayWrite, version });
  });
  return router;
}
