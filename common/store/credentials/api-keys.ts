/** `api_keys`: the API keys of the gateway. A key is shown once, when it is created; the table has only its hash. */
import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Principal, Scope } from '../../http/auth.ts';
import type { ApiKeysTable, Database } from '../schema.ts';
import { createToken, equalHashes, hashToken } from './token.ts';

export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly host: string | undefined;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly [Scope, ...Scope[]];
  readonly host?: string | undefined;
  readonly expiresAtMs?: number | undefined;
  readonly nowMs: number;
}

/** `last_used_at` is updated at most this often, so that not every request writes. */
const lastUsedGrainMs = 60_000;
/** How soon the update is tried again when the database was busy. */
const useRetryMs = 5_000;

const keyForm = /^hp_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;

/** Compared for an unknown id, so that known and unknown ids take the same time. */
const placeholderHash = hashToken('');

/** Creates a key and returns it. Throws when a valid key has the name, or when the name has the form of a key id. */
export async function createApiKey(
  db: Database,
  { name, scopes, host, expiresAtMs, nowMs }: NewApiKey,
): Promise<{ readonly keyId: string; readonly key: string }> {
  if (/^[0-9a-f]{8}$/.test(name)) throw new Error(`the name "${name}" has the form of a key id; choose another name`);
  const keyId = randomBytes(4).toString('hex');
  const key = `hp_${keyId}_${createToken()}`;
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('api_keys')
    .values({
      key_id: keyId,
      hash: hashToken(key),
      name,
      scopes: [...new Set(scopes)].join(' '),
      host: host ?? null,
      created_at: nowMs,
      expires_at: expiresAtMs ?? null,
      revoked_at: null,
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.column('name').where('revoked_at', 'is', null).doNothing())
    .executeTakeFirstOrThrow();
  if (Number(numInsertedOrUpdatedRows) !== 1)
    throw new Error(`there is a key named "${name}"; revoke it or choose another name`);
  return { keyId, key };
}

/** Returns all keys including revoked ones, oldest first. */
export async function listApiKeys(db: Database): Promise<readonly ApiKey[]> {
  const rows = await db.selectFrom('api_keys').selectAll().orderBy('id').execute();
  return rows.map(toApiKey);
}

/** Revokes the key with that id or name, and its sessions. Returns undefined when no valid key has that id or name. */
export async function tryRevokeApiKey(db: Database, idOrName: string, nowMs: number): Promise<ApiKey | undefined> {
  const row = await db
    .updateTable('api_keys')
    .set({ revoked_at: nowMs })
    .where((where) => where.or([where('key_id', '=', idOrName), where('name', '=', idOrName)]))
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : toApiKey(row);
}

export interface ValidKey {
  readonly holder: Principal;
  /** Until when the result may be cached while the row is unchanged: the key expires, or its use must be recorded again. */
  readonly untilMs: number;
}

/** Returns the holder of the key; undefined when the key is malformed, unknown, expired or revoked. */
export async function tryKeyHolder(db: Database, key: string, nowMs: number): Promise<Principal | undefined> {
  return (await tryValidKey(db, key, nowMs))?.holder;
}

/** Returns the holder of the key and how long the result may be cached; undefined as for `tryKeyHolder`. */
export async function tryValidKey(db: Database, key: string, nowMs: number): Promise<ValidKey | undefined> {
  const keyId = keyForm.exec(key)?.[1];
  if (keyId === undefined) return undefined;
  const row = await db.selectFrom('api_keys').selectAll().where('key_id', '=', keyId).executeTakeFirst();
  const isEqual = equalHashes(hashToken(key), row?.hash ?? placeholderHash);
  if (row === undefined || !isEqual || !isValid(row, nowMs)) return undefined;
  const isRecorded = await tryRecordUse(db, row, nowMs);
  const untilMs = nowMs + (isRecorded ? lastUsedGrainMs : useRetryMs);
  return { holder: holderOf(row), untilMs: Math.min(row.expires_at ?? Infinity, untilMs) };
}

/** Records the use. Returns false when the database is busy or cannot be written, as on a full disk: the key is valid all the same. */
async function tryRecordUse(db: Database, { id, last_used_at }: Row, nowMs: number): Promise<boolean> {
  if (last_used_at !== null && nowMs - last_used_at < lastUsedGrainMs) return true;
  try {
    await db.updateTable('api_keys').set({ last_used_at: nowMs }).where('id', '=', id).execute();
    return true;
  } catch {
    return false;
  }
}

/** Returns the holder of the key with that id, for the sessions that the key opened; undefined when it is not valid. */
export async function tryHolderOf(db: Database, keyId: string, nowMs: number): Promise<Principal | undefined> {
  const row = await db.selectFrom('api_keys').selectAll().where('key_id', '=', keyId).executeTakeFirst();
  return row !== undefined && isValid(row, nowMs) ? holderOf(row) : undefined;
}

type Row = Selectable<ApiKeysTable>;

function isValid({ revoked_at, expires_at }: Row, nowMs: number): boolean {
  return revoked_at === null && (expires_at === null || expires_at > nowMs);
}

function holderOf({ key_id, name, scopes, host }: Row): Principal {
  return {
    kind: 'key',
    id: key_id,
    name,
    scopes: scopes.split(' ') as Scope[],
    ...(host === null ? {} : { host }),
  };
}

function toApiKey(row: Row): ApiKey {
  return {
    keyId: row.key_id,
    name: row.name,
    scopes: row.scopes.split(' ') as Scope[],
    host: row.host ?? undefined,
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at ?? undefined,
    revokedAtMs: row.revoked_at ?? undefined,
    lastUsedAtMs: row.last_used_at ?? undefined,
  };
}
