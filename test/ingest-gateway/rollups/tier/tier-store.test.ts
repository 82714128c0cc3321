/** Tests the tables of the tiers in real databases: repair windows are merged, become due and count attempts; tier times only advance. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../../common/store/open.ts';
import {
  addRepairWindow,
  advanceTierTime,
  countRepairWindows,
  postponeRepairWindow,
  readRawHorizon,
  removeRepairWindow,
  tryDueRepairWindow,
  tryTierTime,
} from '../../../../ingest-gateway/rollups/tier/tier-store.ts';
import { databases, useDatabase } from '../../../support/databases.ts';

const minuteMs = 60_000;
const nowMs = 1_800_000_000_000;

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let store: Store;

  beforeEach(async () => {
    store = await openStore(await database.create());
  });
  afterEach(() => store.close());

  function late(fromMin: number, toMin: number, more: { readonly host?: string; readonly tier?: '1m' | '5m' } = {}) {
    const { host = 'web-1', tier = '1m' } = more;
    const [fromMs, toMs] = [nowMs + fromMin * minuteMs, nowMs + toMin * minuteMs];
    return { host, tier, fromMs, toMs, storedMs: nowMs, dueMs: nowMs + minuteMs };
  }

  test('adjacent windows of one host and tier are merged; other windows stay apart', async () => {
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

  test('a window that grew during its repair stays', async () => {
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

  test('a postponed window becomes due again, with its attempt counted', async () => {
    await addRepairWindow(store.db, late(-60, -30));
    const { id = 0 } = (await tryDueRepairWindow(store.db, nowMs + minuteMs)) ?? {};
    await postponeRepairWindow(store.db, { id, dueMs: nowMs + 5 * minuteMs });
    expect(await tryDueRepairWindow(store.db, nowMs + 4 * minuteMs)).toBeUndefined();
    expect(await tryDueRepairWindow(store.db, nowMs + 5 * minuteMs)).toMatchObject({ id, attempts: 1 });
  });

  test('a time of the tiers never moves back', async () => {
    expect(await tryTierTime(store.db, 'raw_deleted_until')).toBeUndefined();
    for (const timeMs of [5, 9, 7]) await advanceTierTime(store.db, { name: 'raw_deleted_until', timeMs });
    expect(await tryTierTime(store.db, 'raw_deleted_until')).toBe(9);
    expect(await tryTierTime(store.db, 'last_success')).toBeUndefined();
  });

  test('raw samples are complete from the end of the last deletion, or for as long as they are kept', async () => {
    const retention = { nowMs: 1_000, keepRawMs: 100 };
    expect(await readRawHorizon(store.db, retention)).toBe(900);
    await advanceTierTime(store.db, { name: 'raw_deleted_until', timeMs: 850 });
    expect(await readRawHorizon(store.db, retention)).toBe(850);
  });
});
