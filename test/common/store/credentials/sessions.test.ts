/** Login links work once; sessions end by time, by log-out, and with the key that opened them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createApiKey, tryKeyHolder, tryRevokeApiKey } from '../../../../common/store/credentials/api-keys.ts';
import {
  closeSession,
  createLoginToken,
  listSessions,
  openKeySession,
  revokeSessions,
  sessionIdForm,
  tryOpenSession,
  trySessionHolder,
} from '../../../../common/store/credentials/sessions.ts';
import { openStore, type Store } from '../../../../common/store/open.ts';
import { databases, useDatabase } from '../../../support/databases.ts';

const nowMs = 1_800_000_000_000;
describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let store: Store;

  beforeEach(async () => {
    store = await openStore(await database.create());
  });
  afterEach(() => store.close());

  const link = (lifetimeMs: number) => createLoginToken(store.db, { scopes: ['admin'], lifetimeMs, nowMs });

  test('a login token opens one session, also when several requests use it at once', async () => {
    const token = await link(1_000);
    const opened = await Promise.all([1, 2, 3].map(() => tryOpenSession(store.db, token, nowMs)));
    const [session, ...others] = opened.filter((each) => each !== undefined);
    expect(others).toEqual([]);
    expect(session?.token).not.toBe(token);
    const holder = await trySessionHolder(store.db, session?.token ?? '', nowMs);
    expect(holder).toMatchObject({ kind: 'session', name: 'login link', scopes: ['admin'] });
    expect(await trySessionHolder(store.db, token, nowMs)).toBeUndefined();
  });

  test('a login token expires to the millisecond, and others are unknown', async () => {
    const late = await link(1_000);
    expect(await tryOpenSession(store.db, late, nowMs + 1_000)).toBeUndefined();
    expect(await tryOpenSession(store.db, late, nowMs + 999)).toBeDefined();
    expect(await tryOpenSession(store.db, '', nowMs)).toBeUndefined();
  });

  test('a session ends by time and by log-out', async () => {
    const session = await tryOpenSession(store.db, await link(1_000), nowMs);
    const { token, lifetimeMs } = session ?? { token: '', lifetimeMs: 0 };
    expect(await trySessionHolder(store.db, token, nowMs + lifetimeMs - 1)).toBeDefined();
    expect(await trySessionHolder(store.db, token, nowMs + lifetimeMs)).toBeUndefined();
    await closeSession(store.db, token);
    expect(await trySessionHolder(store.db, token, nowMs)).toBeUndefined();
  });

  test('valid sessions are listed, newest first, and end one by one, by key, or all', async () => {
    const open = async (name: string, timeMs: number) => {
      const { key, keyId } = await createApiKey(store.db, { name, scopes: ['read'], host: 'web-1', nowMs });
      const holder = await tryKeyHolder(store.db, key, nowMs);
      if (holder === undefined) throw new Error('the key is unknown');
      return { keyId, token: (await openKeySession(store.db, holder, timeMs)).token };
    };
    const byLink = await tryOpenSession(store.db, await link(1_000), nowMs);
    const [one, two] = [await open('one', nowMs + 1), await open('two', nowMs + 2)];
    const revoked = await open('gone', nowMs + 3);
    await tryRevokeApiKey(store.db, revoked.keyId, nowMs);
    const listed = await listSessions(store.db, { nowMs });
    expect(listed).toMatchObject([
      { name: 'two', scopes: ['read'], host: 'web-1', createdAtMs: nowMs + 2, expiresAtMs: nowMs + 2 + 7 * 86_400_000 },
      { name: 'one' },
      { name: 'login link', scopes: ['admin'], host: undefined },
    ]);
    for (const { id } of listed) expect(id).toMatch(sessionIdForm);
    expect((await trySessionHolder(store.db, two.token, nowMs))?.id).toBe(listed[0]?.id);
    expect(await listSessions(store.db, { nowMs, keyName: 'one' })).toEqual([listed[1]]);

    const id = listed[0]?.id ?? '';
    expect(await revokeSessions(store.db, { id, keyName: 'one' })).toBe(0);
    expect(await revokeSessions(store.db, { id })).toBe(1);
    expect(await trySessionHolder(store.db, two.token, nowMs)).toBeUndefined();
    expect(await revokeSessions(store.db, { keyName: 'one' })).toBe(1);
    expect(await trySessionHolder(store.db, one.token, nowMs)).toBeUndefined();
    expect(await trySessionHolder(store.db, byLink?.token ?? '', nowMs)).toBeDefined();
    expect(await revokeSessions(store.db, {})).toBe(2);
    expect(await listSessions(store.db, { nowMs: 0 })).toEqual([]);
  });

  test('a session that a key opened has the scopes and the expiry of the key', async () => {
    const { key } = await createApiKey(store.db, { name: 'a', scopes: ['read'], host: 'web-1', nowMs });
    const holder = await tryKeyHolder(store.db, key, nowMs);
    if (holder === undefined) throw new Error('the key is unknown');
    const { token } = await openKeySession(store.db, holder, nowMs);
    expect(await trySessionHolder(store.db, token, nowMs)).toMatchObject({
      name: 'a',
      scopes: ['read'],
      host: 'web-1',
    });
    await tryRevokeApiKey(store.db, 'a', nowMs);
    expect(await trySessionHolder(store.db, token, nowMs)).toBeUndefined();
  });
});
