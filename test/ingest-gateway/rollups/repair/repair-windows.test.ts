/** Tests how the windows of late samples are written: which windows share a transaction, and when `note` resolves or rejects. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../../common/store/open.ts';
import type { Database } from '../../../../common/store/schema.ts';
import { createLateWindows, type LateBatch } from '../../../../ingest-gateway/rollups/repair/repair-windows.ts';
import { dueRepairWindows } from '../../../../ingest-gateway/rollups/tier/tier-store.ts';
import { databases, useDatabase } from '../../../support/databases.ts';

const nowMs = 1_800_000_000_000;
const tiers = [{ name: '1m', stepMs: 60_000 }] as const;
const now = () => nowMs;

const lateOf = (host: string): LateBatch => ({ host, oldestMs: nowMs - 60_000, newestMs: nowMs });

async function hostsWithWindows({ db }: Store): Promise<readonly string[]> {
  return (await dueRepairWindows(db, nowMs + 3_600_000)).map(({ host }) => host);
}

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let store: Store;
  let transactions: number;

  beforeEach(async () => {
    store = await openStore(await database.create());
    transactions = 0;
  });
  afterEach(() => store.close());

  /** Creates late windows that write in this thread, and counts the transactions of the database. */
  function createWindows() {
    const db: Database = new Proxy(store.db, {
      get(target, key) {
        if (key === 'transaction') transactions += 1;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    return createLateWindows({ db, databaseFile: undefined, tiers, now });
  }

  async function untilTransaction(): Promise<void> {
    while (transactions === 0) await Promise.resolve();
  }

  test('windows that are noted during a transaction share the next transaction', async () => {
    const windows = createWindows();
    const first = windows.note(lateOf('a'));
    await untilTransaction();
    const others = ['b', 'c', 'd'].map((host) => windows.note(lateOf(host)));
    await first;
    expect(await hostsWithWindows(store)).toContain('a');
    await Promise.all(others);
    expect([await hostsWithWindows(store), transactions]).toEqual([['a', 'b', 'c', 'd'], 2]);
  });

  test('a failed transaction rejects only its own windows, which can be noted again', async () => {
    const windows = createWindows();
    const faulty = { ...lateOf('b'), host: null as unknown as string };
    const failed = [lateOf('a'), faulty].map((late) => expect(windows.note(late)).rejects.toThrow());
    await untilTransaction();
    const later = windows.note(lateOf('c'));
    await Promise.all([...failed, later]);
    expect(await hostsWithWindows(store)).toEqual(['c']);
    await windows.note(lateOf('a'));
    expect(await hostsWithWindows(store)).toEqual(['c', 'a']);
  });

  test('a window that was written within the last minute is not written again', async () => {
    const windows = createWindows();
    await windows.note(lateOf('a'));
    await windows.note(lateOf('a'));
    expect(transactions).toBe(1);
  });

  test('stop waits for the windows that were noted before', async () => {
    const windows = createWindows();
    void windows.note(lateOf('a'));
    await untilTransaction();
    void windows.note(lateOf('b'));
    await windows.stop();
    expect(await hostsWithWindows(store)).toEqual(['a', 'b']);
  });
});

describe('with a thread', () => {
  const database = useDatabase('SQLite');

  test('windows are in the file when `note` has resolved', async () => {
    const location = await database.create();
    const store = await openStore(location);
    const windows = createLateWindows({ db: store.db, databaseFile: location.path, tiers, now });
    await Promise.all([windows.note(lateOf('a')), windows.note(lateOf('b'))]);
    expect(await hostsWithWindows(store)).toEqual(['a', 'b']);
    await windows.stop();
    await store.close();
  });
});
