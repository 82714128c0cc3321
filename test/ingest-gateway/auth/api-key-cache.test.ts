/** The cache of API keys over a real store: changes of a key take effect at its next use. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  createApiKey,
  listApiKeys,
  tryRevokeApiKey,
  tryValidKey,
  type ValidKey,
} from '../../../common/store/credentials/api-keys.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { type ApiKeyCache, createApiKeyCache } from '../../../ingest-gateway/auth/api-key-cache.ts';

const startMs = 1_795_395_685_000;
let folder: string;
let store: Store;
/** A second connection, as of `hostpulse key revoke`. */
let other: Store;
let nowMs: number;
let looks: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-known-keys-'));
  const path = join(folder, 'store.db');
  store = await openStore({ path, durability: 'process' });
  other = await openStore({ path });
  [nowMs, looks] = [startMs, 0];
});
afterEach(async () => {
  await store.close();
  await other.close();
  rmSync(folder, { recursive: true, force: true });
});

function look(key: string): Promise<ValidKey | undefined> {
  looks += 1;
  return tryValidKey(store.db, key, nowMs);
}

function knownKeys(changes: () => number | undefined = () => store.changes()): ApiKeyCache {
  return createApiKeyCache({ look, changes, now: () => nowMs });
}

const makeKey = (expiresAtMs?: number) =>
  createApiKey(other.db, { name: 'a', scopes: ['push'], expiresAtMs, nowMs: startMs - 1 });

test('a key is looked up once for any number of uses', async () => {
  const { key, keyId } = await makeKey();
  const keys = knownKeys();
  for (let count = 0; count < 5; count++) expect((await keys.find(key))?.id).toBe(keyId);
  expect(looks).toBe(1);
});

test('a key revoked by another program is refused at its next use', async () => {
  const { key, keyId } = await makeKey();
  const keys = knownKeys();
  expect(await keys.find(key)).toBeDefined();
  await tryRevokeApiKey(other.db, keyId, nowMs);
  expect(await keys.find(key)).toBeUndefined();
});

test('a key revoked during its lookup is not cached', async () => {
  const { key, keyId } = await makeKey();
  const keys: ApiKeyCache = createApiKeyCache({
    async look(asked) {
      const found = await look(asked);
      await tryRevokeApiKey(other.db, keyId, nowMs);
      return found;
    },
    changes: () => store.changes(),
    now: () => nowMs,
  });
  await keys.find(key);
  expect(await keys.find(key)).toBeUndefined();
});

test('a key expires to the millisecond', async () => {
  const { key } = await makeKey(startMs + 1_000);
  const keys = knownKeys();
  nowMs = startMs + 999;
  expect(await keys.find(key)).toBeDefined();
  nowMs = startMs + 1_000;
  expect(await keys.find(key)).toBeUndefined();
});

test('the last use of a cached key is recorded to the minute', async () => {
  const { key } = await makeKey();
  const keys = knownKeys();
  for (const ageMs of [0, 30_000, 59_999, 60_000, 90_000]) {
    nowMs = startMs + ageMs;
    await keys.find(key);
  }
  expect((await listApiKeys(other.db))[0]?.lastUsedAtMs).toBe(startMs + 60_000);
});

test('a wrong key is never cached', async () => {
  const keys = knownKeys();
  const wrong = `hp_00000000_${'x'.repeat(43)}`;
  expect(await keys.find(wrong)).toBeUndefined();
  expect(await keys.find(wrong)).toBeUndefined();
  expect(looks).toBe(2);
});

test('a key is cached for one second where the database does not report changes', async () => {
  const { key, keyId } = await makeKey();
  const keys = knownKeys(() => undefined);
  await keys.find(key);
  await tryRevokeApiKey(other.db, keyId, nowMs);
  nowMs = startMs + 1_000;
  expect(await keys.find(key)).toBeUndefined();
});
