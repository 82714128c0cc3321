/** One-time tokens with which a new host fetches its API key. The table has only their hashes. */
import type { Database } from '../schema.ts';
import { createApiKey, tryRevokeApiKey } from './api-keys.ts';
import { createToken, hashToken } from './token.ts';

/** A host, with the labels for all its series. */
export interface EnrolledHost {
  readonly host: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Enrollment extends EnrolledHost {
  /** An API key with the scope push, bound to the host. */
  readonly key: string;
}

/** Distinguishes the token from API keys in scripts and messages. */
const prefix = 'hpe_';

/** Returns the name of the key of an enrolled host. */
export function enrolledKeyName(host: string): string {
  return `host ${host}`;
}

export interface NewEnrollmentToken extends EnrolledHost {
  readonly expiresAtMs: number;
  readonly nowMs: number;
}

/** Creates a token that enrolls the host once, until `expiresAtMs`. Earlier tokens of the host become invalid. */
export async function createEnrollmentToken(
  db: Database,
  { host, labels, expiresAtMs, nowMs }: NewEnrollmentToken,
): Promise<string> {
  const token = `${prefix}${createToken()}`;
  await db
    .deleteFrom('enrollment_tokens')
    .where((where) => where.or([where('expires_at', '<=', nowMs), where('host', '=', host)]))
    .execute();
  await db
    .insertInto('enrollment_tokens')
    .values({ hash: hashToken(token), host, labels: JSON.stringify(labels), expires_at: expiresAtMs })
    .execute();
  return token;
}

/**
 * Consumes the token and creates the key of its host; the host's previous key from an enrollment is revoked. Returns undefined
 * when the token is unknown, expired or already used. In one transaction, so that a failure does not consume the token.
 */
export function tryEnroll(db: Database, token: string, nowMs: number): Promise<Enrollment | undefined> {
  return db.transaction().execute(async (transaction) => {
    const used = await transaction
      .deleteFrom('enrollment_tokens')
      .where('hash', '=', hashToken(token))
      .where('expires_at', '>', nowMs)
      .returning(['host', 'labels'])
      .executeTakeFirst();
    if (used === undefined) return undefined;
    const { host } = used;
    await revokeEnrolledKey(transaction, host, nowMs);
    const { key } = await createApiKey(transaction, { name: enrolledKeyName(host), scopes: ['push'], host, nowMs });
    return { host, labels: JSON.parse(used.labels) as EnrolledHost['labels'], key };
  });
}

/** Revokes the key that the host got by an enrollment. Returns false when there is none. */
export async function revokeEnrolledKey(db: Database, host: string, nowMs: number): Promise<boolean> {
  return (await tryRevokeApiKey(db, enrolledKeyName(host), nowMs)) !== undefined;
}
