/** Who may call: credentials become a principal, and a principal's scopes decide. */
import type { IncomingHttpHeaders } from 'node:http';
import { parseCredential } from './credential.ts';
import { HttpProblem } from './problem.ts';

export type Scope = 'push' | 'read' | 'admin';
export const scopes: readonly Scope[] = ['push', 'read', 'admin'];

/** A caller whose credential was checked. */
export interface Principal {
  readonly kind: 'key' | 'jwt' | 'session';
  /** Names it in logs; no secret. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only host that it may push for or read; absent: any. */
  readonly host?: string;
}

/** Looks tokens up, of keys JWTs too; undefined for one that is unknown, expired, used up or revoked, without saying which. */
export interface CredentialStore {
  findKey(token: string): Promise<Principal | undefined>;
  findSession(token: string): Promise<Principal | undefined>;
}

/** The caller of a request. Throws 401 when there is no valid credential, 403 when it lacks the scope. */
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

/** `admin` holds the others: who can change rules and silences gains nothing by reading or pushing. */
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
