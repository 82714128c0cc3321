/** Tests the tables of the tiers in real databases: repair windows are merged, become due and count attempts; tier times only advance. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../../common/store/open.ts';
import {
  addRepairWindows,
  advanceTierTime,
  countRepairWindows,
  dueRepairWindows,
  postponeRepairWindows,
  readRawHorizon,
  removeRepairWindows,
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
    await addRepairWindows(store.db, [late(-200, -190)]);
    await addRepairWindows(store.db, [late(-60, -30)]);
    await addRepairWindows(store.db, [late(-60, -30, { tier: '5m' })]);
    await addRepairWindows(store.db, [late(-60, -30, { host: 'web-2' })]);
    await addRepairWindows(store.db, [late(-25, -20)]);
    expect(await countRepairWindows(store.db)).toEqual([
      { tier: '1m', windows: 3, oldestStoredMs: nowMs },
      { tier: '5m', windows: 1, oldestStoredMs: nowMs },
    ]);
    await addRepairWindows(store.db, [late(-185, -65)]);
    expect(await countRepairWindows(store.db)).toMatchObject([{ windows: 2 }, { windows: 1 }]);
  });

  test('a window that grew during its repair stays', async () => {
    await addRepairWindows(store.db, [late(-60, -30)]);
    expect(await dueRepairWindows(store.db, nowMs)).toEqual([]);
    const [first] = await dueRepairWindows(store.db, nowMs + minuteMs);
    expect(first).toMatchObject({ host: 'web-1', fromMs: nowMs - 60 * minuteMs, attempts: 0 });
    await addRepairWindows(store.db, [late(-31, -10)]);
    await removeRepairWindows(store.db, [first?.id ?? 0]);
    const [second] = await dueRepairWindows(store.db, nowMs + minuteMs);
    expect(second).toMatchObject({ fromMs: nowMs - 60 * minuteMs, toMs: nowMs - 10 * minuteMs });
    expect(second?.id).not.toBe(first?.id);
    await removeRepairWindows(store.db, [second?.id ?? 0]);
    expect(await countRepairWindows(store.db)).toEqual([]);
  });

  test('a postponed window becomes due again, with its attempt counted', async () => {
    await addRepairWindows(store.db, [late(-60, -30)]);
    const ids = (await dueRepairWindows(store.db, nowMs + minuteMs)).map(({ id }) => id);
    await postponeRepairWindows(store.db, { ids, dueMs: nowMs + 5 * minuteMs });
    expect(await dueRepairWindows(store.db, nowMs + 4 * minuteMs)).toEqual([]);
    expect(await dueRepairWindows(store.db, nowMs + 5 * minuteMs)).toMatchObject([{ id: ids[0], attempts: 1 }]);
  });

  test('due windows of the same tier and range are one repair, of fifty hosts at most; a failed window is repaired alone', async () => {
    const hosts = Array.from({ length: 60 }, (_, index) => `web-${index}`);
    await addRepairWindows(
      store.db,
      hosts.map((host) => ({ ...late(-60, -30), host })),
    );
    await addRepairWindows(store.db, [
      { ...late(-60, -20), host: 'longer' },
      { ...late(-60, -30), host: 'other tier', tier: '5m' },
      { ...late(-60, -30), host: 'not due', dueMs: nowMs + 2 * minuteMs },
    ]);
    const dueMs = nowMs + minuteMs;
    const first = await dueRepairWindows(store.db, dueMs);
    expect(first.map(({ host }) => host)).toEqual(hosts.slice(0, 50));
    await removeRepairWindows(
      store.db,
      first.slice(1).map(({ id }) => id),
    );
    await postponeRepairWindows(store.db, { ids: [first[0]?.id ?? 0], dueMs: nowMs });
    const groups: string[][] = [];
    for (
      let due = await dueRepairWindows(store.db, dueMs);
      due.length > 0;
      due = await dueRepairWindows(store.db, dueMs)
    ) {
      groups.push(due.map(({ host }) => host));
      await removeRepairWindows(
        store.db,
        due.map(({ id }) => id),
      );
    }
    expect(groups).toEqual([['web-0'], hosts.slice(50), ['longer'], ['other tier']]);
    expect(await countRepairWindows(store.db)).toMatchObject([{ tier: '1m', windows: 1 }]);
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
