/** Authorization of API calls: credentials identify a principal, whose scopes permit the call. */
import type { IncomingHttpHeaders } from 'node:http';
import { parseCredential } from './credential.ts';
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
