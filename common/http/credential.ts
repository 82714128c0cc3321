/** Credentials of a request: a bearer token, an API key header, or the session cookie of the built-in page. */
import type { IncomingHttpHeaders } from 'node:http';

export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'session'; readonly token: string }
  /** The header exists but cannot be parsed. */
  | { readonly kind: 'malformed'; readonly message: string };

/** Without the prefix `__Host-`, which requires TLS: the stack serves plain HTTP on loopback. */
export const sessionCookieName = 'hostpulse_session';

/**
 * Returns the credential; undefined when there is none. A header takes precedence over the cookie.
 * Source of the Bearer form: RFC 6750, section 2.1.
 */
export function parseCredential(headers: IncomingHttpHeaders): Credential | undefined {
  const { authorization, 'x-api-key': key, cookie } = headers;
  if (authorization !== undefined) {
    const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization)?.[1];
    if (token !== undefined) return { kind: 'token', token };
    return { kind: 'malformed', message: 'Authorization: expected "Bearer <key>"' };
  }
  if (typeof key === 'string') return { kind: 'token', token: key.trim() };
  const session = cookie === undefined ? undefined : cookieValue(cookie, sessionCookieName);
  return session === undefined ? undefined : { kind: 'session', token: session };
}

function cookieValue(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value !== undefined && value !== '') return value;
  }
  return undefined;
}
