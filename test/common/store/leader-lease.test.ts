/** Recurring work is done by one of those that share a database, and by another soon after that one is gone. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSoleHolder } from '../../../common/store/leader-lease.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { databases, useDatabase } from '../../support/databases.ts';

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let stores: readonly [Store, Store];
  let nowMs: number;

  beforeEach(async () => {
    nowMs = 1_800_000_000_000;
    const location = await database.create();
    stores = [await openStore(location), await openStore(location)];
  });
  afterEach(() => Promise.all(stores.map((store) => store.close())));

  const holderOn = ({ db }: Store) =>
    createSoleHolder({ db, name: 'relay reconcile', lifetimeMs: 90_000, clock: () => nowMs });

  if (name === 'SQLite')
    test('there is one relay, which never waits, not even for itself after a kill', async () => {
      expect(await holderOn(stores[0]).isHolder()).toBe(true);
      expect(await holderOn(stores[1]).isHolder()).toBe(true);
      expect(await stores[0].db.selectFrom('leases').selectAll().execute()).toEqual([]);
    });
  else
    test('one holds it from run to run; another takes it at the run after the next, or once it is released', async () => {
      const [one, other] = [holderOn(stores[0]), holderOn(stores[1])];
      const minute = async () => {
        nowMs += 60_000;
        return [await one.isHolder(), await other.isHolder()];
      };
      expect(await minute()).toEqual([true, false]);
      expect(await minute()).toEqual([true, false]);
      nowMs += 60_000; // the holder is gone
      expect(await other.isHolder()).toBe(false);
      nowMs += 60_000;
      expect(await other.isHolder()).toBe(true);
      expect(await minute()).toEqual([false, true]);
      await other.release();
      expect(await one.isHolder()).toBe(true);
      await other.release(); // not its own any more
      expect(await minute()).toEqual([true, false]);
    });
});
