/**
 * Authorizes API calls: reads the credential of a request, finds its principal among the keys and sessions of the store and the
 * JWTs, and checks the principal's scopes and host.
 */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { CredentialStore, Principal, Scope } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Log } from '../../common/program/log.ts';
import { tryValidKey, type ValidKey } from '../../common/store/credentials/api-keys.ts';
import { trySessionHolder } from '../../common/store/credentials/sessions.ts';
import type { Store } from '../../common/store/open.ts';
import { type JwtConfig, keySources } from './jwt/settings.ts';
import type { JwtVerifier } from './jwt/verifier.ts';

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

/** Throws 403 when the credential is bound to another host. */
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

export interface CredentialSources {
  /** A connection through which no key is changed, so that it reports changes by other connections. */
  readonly store: Pick<Store, 'db' | 'changes'>;
  readonly jwt: JwtVerifier | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function createCredentials({ store, jwt, now }: CredentialSources): CredentialStore {
  const { db } = store;
  const changes = cachedFor(changesCachedMs, () => store.changes());
  const keys = createApiKeyCache({ look: (key) => tryValidKey(db, key, now()), changes, now });
  return {
    findKey: (token) => (jwt !== undefined && token.includes('.') ? jwt.find(token) : keys.find(token)),
    findSession: (token) => trySessionHolder(db, token, now()),
  };
}

/** Asking locks the file, which is noticeable at hundreds of pushes per second. */
const changesCachedMs = 20;

function cachedFor<T>(ms: number, read: () => T): () => T {
  let cached = read();
  let untilMs = performance.now() + ms;
  return () => {
    const nowMs = performance.now();
    if (nowMs < untilMs) return cached;
    cached = read();
    untilMs = nowMs + ms;
    return cached;
  };
}

/** Returns undefined when no setting names keys. Loads jose only if one does. */
export async function tryJwtVerifier(
  config: JwtConfig,
  context: { readonly log: Log; readonly now: () => number },
): Promise<JwtVerifier | undefined> {
  if (keySources(config).length === 0) return undefined;
  const [{ createKeySource }, { createJwtVerifier }] = await Promise.all([
    import('./jwt/key-source.ts'),
    import('./jwt/verifier.ts'),
  ]);
  const keys = createKeySource(config, context.log);
  return keys === undefined ? undefined : createJwtVerifier({ keys, config, ...context });
}

export interface ApiKeyCache {
  /** Returns the holder of the key, from the cache or from `look`. */
  find(key: string): Promise<Principal | undefined>;
}

interface ApiKeyCacheOptions {
  readonly look: (key: string) => Promise<ValidKey | undefined>;
  /** Returns another number after a write to the database; undefined where the database does not report writes. */
  readonly changes: () => number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Lifetime of an entry where the database does not report writes: a revocation takes effect after it. */
const blindMs = 1_000;
const maxEntries = 20_000;

/**
 * Caches valid API keys by their SHA-256, because a lookup costs more than checking a push of a hundred samples.
 * Guarantees: the cache is cleared when `changes` reports a write to the database, so that a revoked or changed key is looked
 * up again at its next use. A key that expires is refused from that millisecond on. Invalid keys are never cached.
 */
export function createApiKeyCache({ look, changes, now }: ApiKeyCacheOptions): ApiKeyCache {
  const entries = new Map<string, ValidKey>();
  let seen = changes();

  async function lookUp(key: string, digest: string, version: number | undefined): Promise<Principal | undefined> {
    const askedMs = now();
    const found = await look(key);
    // A result from before a change must not be cached.
    if (found === undefined || version !== seen) return found?.holder;
    if (entries.size >= maxEntries) entries.clear();
    const untilMs = version === undefined ? Math.min(found.untilMs, askedMs + blindMs) : found.untilMs;
    entries.set(digest, { holder: found.holder, untilMs });
    return found.holder;
  }

  return {
    async find(key) {
      const version = changes();
      if (version !== seen) {
        entries.clear();
        seen = version;
      }
      const digest = hash('sha256', key, 'base64');
      const entry = entries.get(digest);
      if (entry !== undefined && now() < entry.untilMs) return entry.holder;
      entries.delete(digest);
      return lookUp(key, digest, version);
    },
  };
}
