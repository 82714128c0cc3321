/** The table of pushing hosts: which push counts, silence, removal, and more hosts than one statement takes. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../common/store/open.ts';
import {
  forgetHost,
  listPushedHosts,
  markSilent,
  recordPushes,
  removePushedHosts,
} from '../../../ingest-gateway/liveness/pushed-hosts.ts';
import { databases, useDatabase } from '../../support/databases.ts';

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let store: Store;

  beforeEach(async () => {
    store = await openStore(await database.create());
  });
  afterEach(() => store.close());

  const seen = (host: string, lastPushMs: number) => ({
    host,
    lastPushMs,
    lastSampleMs: lastPushMs,
    intervalMs: 5_000,
  });
  const only = async () => (await listPushedHosts(store.db))[0];

  test('the later push of two gateways stays', async () => {
    for (const lastPushMs of [20, 30, 10]) await recordPushes(store.db, [seen('web-1', lastPushMs)]);
    expect(await only()).toEqual({ ...seen('web-1', 30), silentSinceMs: undefined, forgottenMs: undefined });
  });

  test('silence is recorded unless the host pushed since, and ends with a push', async () => {
    await recordPushes(store.db, [seen('web-1', 20)]);
    await markSilent(store.db, { hosts: ['web-1'], nowMs: 20 });
    expect((await only())?.silentSinceMs).toBeUndefined();
    await markSilent(store.db, { hosts: ['web-1'], nowMs: 21 });
    expect((await only())?.silentSinceMs).toBe(21);
    await recordPushes(store.db, [seen('web-1', 30)]);
    expect((await only())?.silentSinceMs).toBeUndefined();
  });

  test('a push takes back an earlier removal, not a later one', async () => {
    await recordPushes(store.db, [seen('web-1', 20)]);
    expect(await forgetHost(store.db, { host: 'web-1', nowMs: 25 })).toBe(true);
    await recordPushes(store.db, [seen('web-1', 25)]);
    expect(await only()).toMatchObject({ lastPushMs: 25, forgottenMs: 25 });
    await recordPushes(store.db, [seen('web-1', 26)]);
    expect(await only()).toMatchObject({ lastPushMs: 26, forgottenMs: undefined });
    expect(await forgetHost(store.db, { host: 'web-2', nowMs: 25 })).toBe(false);
  });

  test('a host that pushed since is not deleted', async () => {
    await recordPushes(store.db, [seen('web-1', 20), seen('web-2', 30)]);
    await removePushedHosts(store.db, { hosts: ['web-1', 'web-2'], beforeMs: 30 });
    expect(await listPushedHosts(store.db)).toMatchObject([{ host: 'web-2' }]);
  });

  test('70,000 hosts at once', async () => {
    const hosts = Array.from({ length: 70_000 }, (_, at) => `web-${at}`);
    await recordPushes(
      store.db,
      hosts.map((host) => seen(host, 20)),
    );
    await markSilent(store.db, { hosts, nowMs: 30 });
    const listed = await listPushedHosts(store.db);
    expect(listed).toHaveLength(70_000);
    expect(listed.every(({ silentSinceMs }) => silentSinceMs === 30)).toBe(true);
    await removePushedHosts(store.db, { hosts, beforeMs: 30 });
    expect(await listPushedHosts(store.db)).toEqual([]);
  }, 60_000);
});
