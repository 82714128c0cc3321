/** API keys in a real database: creation, names, hosts, expiry, revocation and last use. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createApiKey,
  listApiKeys,
  tryKeyHolder,
  tryRevokeApiKey,
} from '../../../../common/store/credentials/api-keys.ts';
import { openStore, type Store, type StoreLocation } from '../../../../common/store/open.ts';
import { databases, useDatabase } from '../../../support/databases.ts';

const nowMs = 1_800_000_000_000;
describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let location: StoreLocation;
  let store: Store;

  beforeEach(async () => {
    location = await database.create();
    store = await openStore(location);
  });
  afterEach(() => store.close());

  describe('createApiKey', () => {
    test('a key identifies its holder and is in no file of the database', async () => {
      const { keyId, key } = await createApiKey(store.db, {
        name: 'web-1',
        scopes: ['push', 'push'],
        host: 'web-1',
        nowMs,
      });
      expect(key).toMatch(new RegExp(`^hp_${keyId}_[A-Za-z0-9_-]{43}$`));
      expect(await tryKeyHolder(store.db, key, nowMs)).toEqual({
        kind: 'key',
        id: keyId,
        name: 'web-1',
        scopes: ['push'],
        host: 'web-1',
      });
      expect(JSON.stringify(await store.db.selectFrom('api_keys').selectAll().execute())).not.toContain(key.slice(12));
      if (name === 'PostgreSQL') return;
      const folder = dirname(location.path);
      const files = readdirSync(folder);
      expect(files).toContain('1.db-wal');
      for (const file of files) expect(readFileSync(join(folder, file)).includes(key.slice(12))).toBe(false);
    });

    test('a name is taken until its key is revoked', async () => {
      const first = await createApiKey(store.db, { name: 'a', scopes: ['read'], nowMs });
      await expect(createApiKey(store.db, { name: 'a', scopes: ['read'], nowMs })).rejects.toThrow(
        'there is a key named "a"',
      );
      await tryRevokeApiKey(store.db, 'a', nowMs);
      const second = await createApiKey(store.db, { name: 'a', scopes: ['read'], nowMs });
      expect(await tryKeyHolder(store.db, first.key, nowMs)).toBeUndefined();
      expect((await tryKeyHolder(store.db, second.key, nowMs))?.id).toBe(second.keyId);
    });

    test('a name that could be an id is refused', async () => {
      await expect(createApiKey(store.db, { name: '0123abcd', scopes: ['read'], nowMs })).rejects.toThrow(
        'has the form of a key id',
      );
    });
  });

  describe('tryKeyHolder', () => {
    test('a key with any character changed is unknown', async () => {
      const { key } = await createApiKey(store.db, { name: 'a', scopes: ['read'], nowMs });
      const other = key.endsWith('A') ? 'B' : 'A';
      for (const wrong of [
        '',
        'hp_',
        key.slice(0, -1),
        `${key}A`,
        key.slice(0, -1) + other,
        key.replace('hp_', 'hq_'),
        ` ${key}`,
        key.toUpperCase(),
      ])
        expect([wrong, await tryKeyHolder(store.db, wrong, nowMs)]).toEqual([wrong, undefined]);
    });

    test('a key ends when it expires, to the millisecond', async () => {
      const { key } = await createApiKey(store.db, { name: 'a', scopes: ['read'], expiresAtMs: nowMs + 1_000, nowMs });
      expect(await tryKeyHolder(store.db, key, nowMs + 999)).toBeDefined();
      expect(await tryKeyHolder(store.db, key, nowMs + 1_000)).toBeUndefined();
    });

    test('records the last use, to the minute', async () => {
      const { key } = await createApiKey(store.db, { name: 'a', scopes: ['read'], nowMs });
      const lastUsed = async () => (await listApiKeys(store.db))[0]?.lastUsedAtMs;
      expect(await lastUsed()).toBeUndefined();
      await tryKeyHolder(store.db, key, nowMs + 5_000);
      await tryKeyHolder(store.db, key, nowMs + 64_999);
      expect(await lastUsed()).toBe(nowMs + 5_000);
      await tryKeyHolder(store.db, key, nowMs + 65_000);
      expect(await lastUsed()).toBe(nowMs + 65_000);
    });
  });

  test('tryRevokeApiKey takes an id or a name, once', async () => {
    const { keyId } = await createApiKey(store.db, { name: 'a', scopes: ['read', 'push'], nowMs });
    await createApiKey(store.db, { name: 'b', scopes: ['admin'], nowMs });
    expect((await tryRevokeApiKey(store.db, keyId, nowMs + 1))?.name).toBe('a');
    expect(await tryRevokeApiKey(store.db, keyId, nowMs + 2)).toBeUndefined();
    expect(await tryRevokeApiKey(store.db, 'unknown', nowMs)).toBeUndefined();
    const keys = await listApiKeys(store.db);
    expect(keys.map(({ name, scopes, revokedAtMs }) => [name, scopes, revokedAtMs])).toEqual([
      ['a', ['read', 'push'], nowMs + 1],
      ['b', ['admin'], undefined],
    ]);
  });
});
