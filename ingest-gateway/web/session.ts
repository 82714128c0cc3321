/** The session of the page: its cookie, the check of its requests, and the user that the page shows. */
import { type CookieOptions, type Request, type Response, Router } from 'express';
import { authorize, hasScope, type Principal } from '../../common/http/auth.ts';
import { parseCredential, sessionCookieName } from '../../common/http/credential.ts';
import type { NewSession } from '../../common/store/credentials/sessions.ts';
import type { Services } from '../api/services.ts';
import { guardedCredentials } from '../auth/credential-guard.ts';
import { setRoute } from '../http/http-metrics.ts';
import { sendJson } from './send-json.ts';

export interface CookieScope {
  /** Whether people use TLS, of the gateway or of a proxy. */
  readonly isSecure: boolean;
}

/** Sets a cookie that scripts cannot read and that browsers do not send for requests of other sites. */
export function setSessionCookie(response: Response, { token, lifetimeMs }: NewSession, scope: CookieScope): void {
  response.cookie(sessionCookieName, token, { ...cookieOptions(scope), maxAge: lifetimeMs });
}

export function clearSessionCookie(response: Response, scope: CookieScope): void {
  response.clearCookie(sessionCookieName, cookieOptions(scope));
}

export function tryReadSession({ headers: { cookie } }: Request): string | undefined {
  const credential = cookie === undefined ? undefined : parseCredential({ cookie });
  return credential?.kind === 'session' ? credential.token : undefined;
}

function cookieOptions({ isSecure }: CookieScope): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure: isSecure, path: '/' };
}

/** Returns the principal of a request that may read. Throws 401 and 403 as the API does. */
export type ReaderOf = (request: Request) => Promise<Principal>;

export function createReaderOf({ credentials, credentialGuard }: Services): ReaderOf {
  return ({ headers, socket }) =>
    authorize(headers, 'read', guardedCredentials(credentials, credentialGuard, socket.remoteAddress));
}

export interface SessionOptions {
  readonly readerOf: ReaderOf;
  /** Version of the program. The page shows it, and reloads itself when it changes. */
  readonly version: string;
}

/** Serves the user of the session, so that the page offers only permitted actions. */
export function sessionRoutes({ readerOf, version }: SessionOptions): Router {
  const router = Router();
  router.get('/page/session', async (request, response) => {
    setRoute(response, 'page-session');
    const principal = await readerOf(request);
    const { name, host } = principal;
    await sendJson(request, response, { name, host, may_write: hasScope(principal, 'admin'), version });
  });
  return router;
}
