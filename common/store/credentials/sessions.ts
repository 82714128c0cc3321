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
  const id = hash.slice(0, 8);
  if (row.key_id === null)
    return { kind: 'session', id, name: linkSessionName, scopes: row.scopes.split(' ') as Scope[] };
  const holder = await tryHolderOf(db, row.key_id, nowMs);
  return holder === undefined ? undefined : { ...holder, kind: 'session', id };
}

export async function closeSession(db: Database, token: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hashToken(token)).execute();
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
