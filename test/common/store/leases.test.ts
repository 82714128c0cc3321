/** Leases in a real database: claims, leadership of recurring work, and work under a lease. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  claimLease,
  createLeaderLease,
  LeaseLost,
  LeaseTaken,
  releaseLease,
  withLease,
} from '../../../common/store/leases.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { databases, useDatabase } from '../../support/databases.ts';

const minuteMs = 60_000;

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let nowMs: number;
  let store: Store;
  let other: Store;

  beforeEach(async () => {
    nowMs = 1_800_000_000_000;
    const location = await database.create();
    store = await openStore(location);
    other = await openStore(location);
  });
  afterEach(async () => {
    await store.close();
    await other.close();
  });

  test('one holder at a time; it may extend; after its end or its release another takes it', async () => {
    const claim = { name: 'retention', lifetimeMs: minuteMs, nowMs };
    expect(await claimLease(store.db, { ...claim, holder: 'a' })).toBe(true);
    expect(await claimLease(store.db, { ...claim, holder: 'b' })).toBe(false);
    expect(await claimLease(store.db, { ...claim, holder: 'a', nowMs: nowMs + 30_000 })).toBe(true);
    expect(await claimLease(store.db, { ...claim, holder: 'b', nowMs: nowMs + minuteMs })).toBe(false);
    expect(await claimLease(store.db, { ...claim, holder: 'b', nowMs: nowMs + 90_000 })).toBe(true);
    await releaseLease(store.db, { name: 'retention', holder: 'a' });
    expect(await claimLease(store.db, { ...claim, holder: 'a', nowMs: nowMs + 91_000 })).toBe(false);
    await releaseLease(store.db, { name: 'retention', holder: 'b' });
    expect(await claimLease(store.db, { ...claim, holder: 'a', nowMs: nowMs + 92_000 })).toBe(true);
  });

  describe('leader leases', () => {
    const leaseOn = ({ db }: Store, claimIn?: 'shared databases') =>
      createLeaderLease({
        db,
        name: 'reconcile',
        lifetimeMs: 90_000,
        now: () => nowMs,
        ...(claimIn === undefined ? {} : { claimIn }),
      });

    test('one holds it from run to run; another takes it at the run after the next, or once it is released', async () => {
      const [one, two] = [leaseOn(store), leaseOn(other)];
      const minute = async () => {
        nowMs += minuteMs;
        return [await one.claim(), await two.claim()];
      };
      expect(await minute()).toEqual([true, false]);
      expect(await minute()).toEqual([true, false]);
      nowMs += minuteMs; // the holder is gone
      expect(await two.claim()).toBe(false);
      nowMs += minuteMs;
      expect(await two.claim()).toBe(true);
      expect(await minute()).toEqual([false, true]);
      await two.release();
      expect(await one.claim()).toBe(true);
      await two.release(); // the lease is no longer its own
      expect(await minute()).toEqual([true, false]);
    });

    test('a holder that makes no claim stops holding the lease when the lifetime ends', async () => {
      const lease = leaseOn(store);
      expect(lease.isHeld()).toBe(false);
      expect(await lease.claim()).toBe(true);
      nowMs += 89_999;
      expect(lease.isHeld()).toBe(true);
      nowMs += 1;
      expect(lease.isHeld()).toBe(false);
      expect(await lease.claim()).toBe(true);
      await lease.release();
      expect(lease.isHeld()).toBe(false);
    });

    if (name === 'SQLite')
      test('a lease for shared databases is always held in a SQLite file, without a row', async () => {
        expect(await leaseOn(store, 'shared databases').claim()).toBe(true);
        expect(await leaseOn(other, 'shared databases').claim()).toBe(true);
        expect(await store.db.selectFrom('leases').selectAll().execute()).toEqual([]);
      });
    else
      test('a lease for shared databases is claimed in PostgreSQL', async () => {
        expect(await leaseOn(store, 'shared databases').claim()).toBe(true);
        expect(await leaseOn(other, 'shared databases').claim()).toBe(false);
      });
  });

  describe('work under a lease', () => {
    const options = (more: { readonly waitMs?: number; readonly signal?: AbortSignal } = {}) => ({
      db: store.db,
      name: 'alert-rules',
      lifetimeMs: 300,
      now: Date.now,
      ...more,
    });

    test('the lease is renewed beyond its lifetime while the work runs, and released after it', async () => {
      const result = await withLease(options(), async () => {
        await sleep(700);
        await expect(withLease(options(), () => Promise.resolve('second'))).rejects.toBeInstanceOf(LeaseTaken);
        return 'first';
      });
      expect(result).toBe('first');
      expect(await withLease(options(), () => Promise.resolve('second'))).toBe('second');
    });

    test('a second holder waits for the first', async () => {
      const order: string[] = [];
      const hold = (holder: string) =>
        withLease(options({ waitMs: 30_000 }), async () => {
          order.push(`${holder} begins`);
          await sleep(50);
          order.push(`${holder} ends`);
        });
      await Promise.all([hold('one'), hold('two')]);
      expect(order).toHaveLength(4);
      expect(order[0]?.split(' ')[0]).toBe(order[1]?.split(' ')[0]);
      expect(order[2]?.split(' ')[0]).toBe(order[3]?.split(' ')[0]);
    });

    test('a lease that another holder took aborts the work, and neither it nor a confirmation succeeds', async () => {
      let [confirmed, aborted] = ['', false];
      const work = withLease(options(), async (lease) => {
        // As after a suspended process: the lifetime ended and another holder claimed the lease.
        await store.db
          .updateTable('leases')
          .set({ holder: 'other', expires_at: Date.now() + 60_000 })
          .execute();
        confirmed = await lease.confirm().then(
          () => 'held',
          (error: Error) => error.name,
        );
        aborted = lease.signal.aborted;
      });
      await expect(work).rejects.toBeInstanceOf(LeaseLost);
      expect([confirmed, aborted]).toEqual(['LeaseLost', true]);
      expect(await store.db.selectFrom('leases').select('holder').execute()).toEqual([{ holder: 'other' }]);
    });

    test('a lease that another holder took and released is lost', async () => {
      let nowMs = 1_000_000;
      const now = () => nowMs;
      const work = withLease({ ...options(), lifetimeMs: 15_000, now }, async (lease) => {
        nowMs += 20_000;
        await withLease({ ...options(), lifetimeMs: 15_000, now }, () => Promise.resolve());
        await lease.confirm();
      });
      await expect(work).rejects.toBeInstanceOf(LeaseLost);
    });

    test('a renewal that learns of the loss aborts the work', async () => {
      const work = withLease(options(), async ({ signal }) => {
        await store.db
          .updateTable('leases')
          .set({ holder: 'other', expires_at: Date.now() + 60_000 })
          .execute();
        await once(signal, 'abort');
      });
      await expect(work).rejects.toBeInstanceOf(LeaseLost);
    });

    test('errors of the work pass through, and the lease is released', async () => {
      await expect(withLease(options(), () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
      expect(await store.db.selectFrom('leases').selectAll().execute()).toEqual([]);
    });
  });
});
