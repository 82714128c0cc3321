/** Late windows, leases and times of the tiers in a real store. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { claimLease, LeaseLost, LeaseTaken, releaseLease, withLease } from '../../../common/store/leases.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import {
  addRepairWindow,
  countRepairWindows,
  postponeRepairWindow,
  removeRepairWindow,
  tryDueRepairWindow,
} from '../../../ingest-gateway/rollups/repair/repair-windows.ts';
import { advanceTierTime, tryTierTime } from '../../../ingest-gateway/rollups/tier-state.ts';
import { databases, useDatabase } from '../../support/databases.ts';

const minuteMs = 60_000;
const nowMs = 1_800_000_000_000;
describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let store: Store;

  beforeEach(async () => {
    store = await openStore(await database.create());
  });
  afterEach(async () => {
    await store.close();
  });

  function late(fromMin: number, toMin: number, more: { readonly host?: string; readonly tier?: '1m' | '5m' } = {}) {
    const { host = 'web-1', tier = '1m' } = more;
    const [fromMs, toMs] = [nowMs + fromMin * minuteMs, nowMs + toMin * minuteMs];
    return { host, tier, fromMs, toMs, storedMs: nowMs, dueMs: nowMs + minuteMs };
  }

  describe('repair windows', () => {
    test('those of one host and tier that touch become one; others stay apart', async () => {
      await addRepairWindow(store.db, late(-200, -190));
      await addRepairWindow(store.db, late(-60, -30));
      await addRepairWindow(store.db, late(-60, -30, { tier: '5m' }));
      await addRepairWindow(store.db, late(-60, -30, { host: 'web-2' }));
      await addRepairWindow(store.db, late(-25, -20));
      expect(await countRepairWindows(store.db)).toEqual([
        { tier: '1m', windows: 3, oldestStoredMs: nowMs },
        { tier: '5m', windows: 1, oldestStoredMs: nowMs },
      ]);
      await addRepairWindow(store.db, late(-185, -65));
      expect(await countRepairWindows(store.db)).toMatchObject([{ windows: 2 }, { windows: 1 }]);
    });

    test('one that grew while it was repaired stays', async () => {
      await addRepairWindow(store.db, late(-60, -30));
      expect(await tryDueRepairWindow(store.db, nowMs)).toBeUndefined();
      const first = await tryDueRepairWindow(store.db, nowMs + minuteMs);
      expect(first).toMatchObject({ host: 'web-1', fromMs: nowMs - 60 * minuteMs, attempts: 0 });
      await addRepairWindow(store.db, late(-31, -10));
      await removeRepairWindow(store.db, first?.id ?? 0);
      const second = await tryDueRepairWindow(store.db, nowMs + minuteMs);
      expect(second).toMatchObject({ fromMs: nowMs - 60 * minuteMs, toMs: nowMs - 10 * minuteMs });
      expect(second?.id).not.toBe(first?.id);
      await removeRepairWindow(store.db, second?.id ?? 0);
      expect(await countRepairWindows(store.db)).toEqual([]);
    });

    test('one that was put off comes back, counted', async () => {
      await addRepairWindow(store.db, late(-60, -30));
      const { id = 0 } = (await tryDueRepairWindow(store.db, nowMs + minuteMs)) ?? {};
      await postponeRepairWindow(store.db, { id, dueMs: nowMs + 5 * minuteMs });
      expect(await tryDueRepairWindow(store.db, nowMs + 4 * minuteMs)).toBeUndefined();
      expect(await tryDueRepairWindow(store.db, nowMs + 5 * minuteMs)).toMatchObject({ id, attempts: 1 });
    });
  });

  describe('leases', () => {
    const claim = { name: 'retention', lifetimeMs: minuteMs, nowMs };

    test('one holder at a time; it may extend; after its end or its release another takes it', async () => {
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

  test('a time of the tiers never moves back', async () => {
    expect(await tryTierTime(store.db, 'raw_deleted_until')).toBeUndefined();
    for (const timeMs of [5, 9, 7]) await advanceTierTime(store.db, { name: 'raw_deleted_until', timeMs });
    expect(await tryTierTime(store.db, 'raw_deleted_until')).toBe(9);
    expect(await tryTierTime(store.db, 'last_success')).toBeUndefined();
  });
});
