/** `login_tokens` and `sessions`: one-time login links to the console, and the sessions that a link or a key opens. */
import type { Principal, Scope } from '../../http/auth.ts';
import { linkSessionName } from '../../page/paths.ts';
import type { Database } from '../schema.ts';
import { tryHolderOf } from './api-keys.ts';
import { createToken, hashToken } from './token.ts';

/** A new session. The token is for the cookie; the database has only its hash. */
export interface NewSession {
  readonly token: string;
  readonly lifetimeMs: number;
}

const sessionLifetimeMs = 7 * 86_400_000;

interface NewLoginToken {
  readonly scopes: readonly [Scope, ...Scope[]];
  readonly lifetimeMs: number;
  readonly nowMs: number;
}

/** Creates the token of a login link, `<gateway>/login?token=<token>`, valid once and within its lifetime. */
export async function createLoginToken(db: Database, { scopes, lifetimeMs, nowMs }: NewLoginToken): Promise<string> {
  const token = createToken();
  await db.deleteFrom('login_tokens').where('expires_at', '<=', nowMs).execute();
  await db
    .insertInto('login_tokens')
    .values({ hash: hashToken(token), scopes: scopes.join(' '), expires_at: nowMs + lifetimeMs })
    .execute();
  return token;
}

/** Consumes the token and opens a session; returns undefined when the token is unknown, expired or already used. */
export async function tryOpenSession(db: Database, token: string, nowMs: number): Promise<NewSession | undefined> {
  const isKnown = db.selectFrom('login_tokens').select('expires_at').where('hash', '=', hashToken(token));
  if ((await isKnown.executeTakeFirst()) === undefined) return undefined; // a guess takes no write lock
  const used = await db
    .deleteFrom('login_tokens')
    .where('hash', '=', hashToken(token))
    .where('expires_at', '>', nowMs)
    .returning('scopes')
    .executeTakeFirst();
  return used === undefined ? undefined : insertSession(db, { scopes: used.scopes, keyId: null, nowMs });
}

/** Opens a session for the holder of a key. The session ends with the key. */
export function openKeySession(db: Database, { id, scopes }: Principal, nowMs: number): Promise<NewSession> {
  return insertSession(db, { scopes: scopes.join(' '), keyId: id, nowMs });
}

/** Returns the holder of the session; undefined when the session is unknown or expired, or its key is no longer valid. */
export async function trySessionHolder(db: Database, token: string, nowMs: number): Promise<Principal | undefined> {
  const hash = hashToken(token);
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('hash', '=', hash)
    .where('expires_at', '>', nowMs)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const id = sessionIdOf(hash);
  if (row.key_id === null)
    return { kind: 'session', id, name: linkSessionName, scopes: row.scopes.split(' ') as Scope[] };
  const holder = await tryHolderOf(db, row.key_id, nowMs);
  return holder === undefined ? undefined : { ...holder, kind: 'session', id };
}

export async function closeSession(db: Database, token: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hashToken(token)).execute();
}

/** A valid session. */
export interface Session {
  /** Not secret: the first digits of the hash. */
  readonly id: string;
  /** Name of the key that opened the session, or `login link`. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only host whose data the session may read. Absent: all hosts. */
  readonly host: string | undefined;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Limits a call to the sessions that the key with this name opened; names of valid keys are unique. Absent: all sessions. */
interface SessionOwner {
  readonly keyName?: string | undefined;
}

/** Returns the valid sessions, newest first. */
export async function listSessions(
  db: Database,
  { keyName, nowMs }: SessionOwner & { readonly nowMs: number },
): Promise<readonly Session[]> {
  let query = db
    .selectFrom('sessions')
    .leftJoin('api_keys', 'api_keys.key_id', 'sessions.key_id')
    .select(['sessions.hash', 'sessions.scopes', 'sessions.created_at', 'sessions.expires_at', 'sessions.key_id'])
    .select(['api_keys.name', 'api_keys.host', 'api_keys.revoked_at', 'api_keys.expires_at as key_expires_at'])
    .where('sessions.expires_at', '>', nowMs)
    .orderBy('sessions.created_at', 'desc');
  if (keyName !== undefined) query = query.where('api_keys.name', '=', keyName);
  const rows = await query.execute();
  return rows
    .filter((row) => row.key_id === null || (row.revoked_at === null && (row.key_expires_at ?? Infinity) > nowMs))
    .map((row) => ({
      id: sessionIdOf(row.hash),
      name: row.name ?? linkSessionName,
      scopes: row.scopes.split(' ') as Scope[],
      host: row.host ?? undefined,
      createdAtMs: row.created_at,
      expiresAtMs: row.expires_at,
    }));
}

/** Ends the session with that id, or all sessions without an id; returns how many ended. Takes effect at their next request. */
export async function revokeSessions(
  db: Database,
  { id, keyName }: SessionOwner & { readonly id?: string },
): Promise<number> {
  let query = db.deleteFrom('sessions');
  if (id !== undefined) query = query.where('hash', 'like', `${id}%`);
  if (keyName !== undefined)
    query = query.where('key_id', 'in', (keys) =>
      keys.selectFrom('api_keys').select('key_id').where('name', '=', keyName).where('revoked_at', 'is', null),
    );
  const { numDeletedRows } = await query.executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** The form of an id, for callers that check one: `revokeSessions` takes it as a prefix. */
export const sessionIdForm = /^[0-9a-f]{16}$/;

function sessionIdOf(hash: string): string {
  return hash.slice(0, 16);
}

async function insertSession(
  db: Database,
  { scopes, keyId, nowMs }: { readonly scopes: string; readonly keyId: string | null; readonly nowMs: number },
): Promise<NewSession> {
  const token = createToken();
  await db.deleteFrom('sessions').where('expires_at', '<=', nowMs).execute();
  await db
    .insertInto('sessions')
    .values({
      hash: hashToken(token),
      scopes,
      key_id: keyId,
      created_at: nowMs,
      expires_at: nowMs + sessionLifetimeMs,
    })
    .execute();
  return { token, lifetimeMs: sessionLifetimeMs };
}
