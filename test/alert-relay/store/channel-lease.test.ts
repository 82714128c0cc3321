/** Relays that share a database take turns: one sends on a channel at a time, and one that dies holds up nobody. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { restChannel, tryTurn } from '../../../alert-relay/store/channel-lease.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { databases, useDatabase } from '../../support/databases.ts';

const nothing = () => Promise.resolve({});

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let stores: readonly [Store, Store];

  beforeEach(async () => {
    const location = await database.create();
    stores = [await openStore(location), await openStore(location)];
  });
  afterEach(() => Promise.all(stores.map((store) => store.close())));

  /** A turn that lasts until it is ended. */
  async function holdTurn({ db }: Store, channel: string): Promise<() => Promise<void>> {
    const [ended, isIn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const turn = tryTurn(db, channel, async () => {
      isIn.resolve();
      await ended.promise;
      return {};
    });
    await isIn.promise;
    return async () => {
      ended.resolve();
      await turn;
    };
  }

  test('the rest of a channel is known to every relay, and to no other channel', async () => {
    const [one, other] = stores;
    const seen = (channel: string) => tryTurn(other.db, channel, (_, notBeforeMs) => Promise.resolve({ notBeforeMs }));
    expect(await seen('ops')).toEqual({ notBeforeMs: 0 });
    await restChannel(one.db, 'ops', 1_800_000_000_000.25);
    expect(await seen('ops')).toEqual({ notBeforeMs: 1_800_000_000_001 });
    expect(await seen('other')).toEqual({ notBeforeMs: 0 });
    await restChannel(one.db, 'ops', 5);
    expect(await seen('ops')).toEqual({ notBeforeMs: 5 });
  });

  if (name === 'PostgreSQL') {
    test('one relay sends on a channel at a time', async () => {
      const [one, other] = stores;
      const end = await holdTurn(one, 'ops');
      expect(await tryTurn(other.db, 'ops', nothing)).toBeUndefined();
      expect(await tryTurn(other.db, 'mail', nothing)).toEqual({});
      await end();
      expect(await tryTurn(other.db, 'ops', nothing)).toEqual({});
    });

    test('what a turn writes that ends badly does not count', async () => {
      const [one, other] = stores;
      const turn = tryTurn(one.db, 'ops', async (transaction) => {
        await restChannel(transaction, 'ops', 77);
        throw new Error('the relay stumbles');
      });
      await expect(turn).rejects.toThrow('the relay stumbles');
      expect(await tryTurn(other.db, 'ops', (_, notBeforeMs) => Promise.resolve({ notBeforeMs }))).toEqual({
        notBeforeMs: 0,
      });
    });

    test('a relay whose connection breaks loses its turn, and its writes', async () => {
      const [one, other] = stores;
      const end = await holdTurn(one, 'ops');
      await database
        .server()
        .query("select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'");
      expect(await tryTurn(other.db, 'ops', nothing)).toEqual({});
      await expect(end()).rejects.toThrow(/terminat|connection/i);
    });
  }
});
