/** The cookie of a session of the page. */
import type { CookieOptions, Request, Response } from 'express';
import { parseCredential, sessionCookieName } from '../../common/http/credential.ts';
import type { NewSession } from '../../common/store/credentials/sessions.ts';

export interface CookieScope {
  /** Whether people use TLS, of the gateway or of a proxy. */
  readonly isSecure: boolean;
  /** The path below which a proxy serves the gateway, or `/`. */
  readonly path: string;
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

function cookieOptions({ isSecure, path }: CookieScope): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure: isSecure, path };
}
