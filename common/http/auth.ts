/** Authorization of API calls: credentials identify a principal, whose scopes and host permit the call. */
import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from './problem.ts';

export type Scope = 'push' | 'read' | 'admin';
export const scopes: readonly Scope[] = ['push', 'read', 'admin'];

/** An authenticated caller. */
export interface Principal {
  readonly kind: 'key' | 'jwt' | 'session';
  /** Identifies the caller in logs; not secret. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only host whose data the caller may push or read. Absent: all hosts. */
  readonly host?: string;
}

/** Finds principals by token. `findKey` takes API keys and JWTs. Undefined for a token that is unknown, expired, used or revoked. */
export interface CredentialStore {
  findKey(token: string): Promise<Principal | undefined>;
  findSession(token: string): Promise<Principal | undefined>;
}

/** Returns the caller of a request. Throws 401 without a valid credential and 403 without the scope. */
export async function authorize(
  headers: IncomingHttpHeaders,
  scope: Scope,
  credentials: CredentialStore,
): Promise<Principal> {
  const credential = parseCredential(headers);
  if (credential === undefined)
    throw unauthorized('a credential is needed: "Authorization: Bearer <key>" or "X-API-Key"');
  if (credential.kind === 'malformed') throw unauthorized(credential.message, 'invalid_request');
  const principal =
    credential.kind === 'token'
      ? await credentials.findKey(credential.token)
      : await credentials.findSession(credential.token);
  if (principal === undefined) throw unauthorized('the credential is unknown, expired or revoked', 'invalid_token');
  if (!hasScope(principal, scope)) throw forbiddenScope(principal, scope);
  return principal;
}

/** `admin` includes the other scopes. */
export function hasScope({ scopes: held }: Principal, scope: Scope): boolean {
  return held.includes(scope) || held.includes('admin');
}

/** Throws 403 for another host than the one that the credential is bound to. */
export function requireHost(boundHost: string | undefined, host: string): void {
  if (boundHost !== undefined && host !== boundHost)
    throw new HttpProblem(403, `the credential is bound to the host ${boundHost}`);
}

/** Source: RFC 6750, section 3. */
function unauthorized(title: string, error?: string): HttpProblem {
  const challenge = error === undefined ? 'Bearer realm="hostpulse"' : `Bearer realm="hostpulse", error="${error}"`;
  return new HttpProblem(401, title, { headers: { 'WWW-Authenticate': challenge } });
}

function forbiddenScope({ scopes: held }: Principal, scope: Scope): HttpProblem {
  return new HttpProblem(403, `scope "${scope}" is needed; the credential has ${held.join(', ') || 'none'}`, {
    headers: { 'WWW-Authenticate': `Bearer realm="hostpulse", error="insufficient_scope", scope="${scope}"` },
  });
}

/** A bearer token, an API key header, or the session cookie of the built-in page. */
type Credential =
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
