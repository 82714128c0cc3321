/** The page's session as a cookie that no script reads and no other site's page makes the browser send. */
import type { CookieOptions, Request, Response } from 'express';
import { parseCredential, sessionCookieName } from '../../common/http/credential.ts';
import type { NewSession } from '../../common/store/credentials/sessions.ts';

/** `isSecure`: people reach us by TLS, ours or a proxy's. */
export interface CookieScope {
  readonly isSecure: boolean;
}

export function setSessionCookie(response: Response, { token, lifetimeMs }: NewSession, scope: CookieScope): void {
  response.cookie(sessionCookieName, token, { ...options(scope), maxAge: lifetimeMs });
}

export function clearSessionCookie(response: Response, scope: CookieScope): void {
  response.clearCookie(sessionCookieName, options(scope));
}

export function tryReadSession({ headers: { cookie } }: Request): string | undefined {
  const credential = cookie === undefined ? undefined : parseCredential({ cookie });
  return credential?.kind === 'session' ? credential.token : undefined;
}

function options({ isSecure }: CookieScope): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure: isSecure, path: '/' };
}
