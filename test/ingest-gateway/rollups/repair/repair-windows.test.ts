/** Tests how repair windows are written: which windows share a transaction, and what their callers get. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../../common/store/open.ts';
import type { Database } from '../../../../common/store/schema.ts';
import { createWindowWriter } from '../../../../ingest-gateway/rollups/repair/repair-windows.ts';
import { dueRepairWindows, type LateSamples } from '../../../../ingest-gateway/rollups/tier/tier-store.ts';
import { databases, useDatabase } from '../../../support/databases.ts';

const nowMs = 1_800_000_000_000;

function windowOf(host: string): LateSamples {
  return { host, tier: '1m', fromMs: nowMs - 600_000, toMs: nowMs, storedMs: nowMs, dueMs: nowMs };
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

  /** A writer without a thread, over the database with its transactions counted. */
  function createWriter() {
    const db: Database = new Proxy(store.db, {
      get(target, key) {
        if (key === 'transaction') transactions += 1;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return createWindowWriter({ db, databaseFile: undefined });
  }

  const storedHosts = async () => (await dueRepairWindows(store.db, nowMs)).map(({ host }) => host);

  test('windows that are added during a transaction share the next one', async () => {
    const writer = createWriter();
    const first = writer.add([windowOf('a')]);
    while (transactions === 0) await Promise.resolve();
    const others = [writer.add([windowOf('b')]), writer.add([windowOf('c'), windowOf('d')])];
    await first;
    expect(await storedHosts()).toContain('a');
    await Promise.all(others);
    expect([await storedHosts(), transactions]).toEqual([['a', 'b', 'c', 'd'], 2]);
  });

  test('a failed transaction rejects its windows alone', async () => {
    const writer = createWriter();
    const faulty = { ...windowOf('b'), storedMs: null as unknown as number };
    const failed = expect(writer.add([windowOf('a'), faulty])).rejects.toThrow();
    while (transactions === 0) await Promise.resolve();
    const later = writer.add([windowOf('c')]);
    await failed;
    await later;
    expect(await storedHosts()).toEqual(['c']);
  });

  test('stop waits for the windows that were added before', async () => {
    const writer = createWriter();
    void writer.add([windowOf('a')]);
    while (transactions === 0) await Promise.resolve();
    void writer.add([windowOf('b')]);
    await writer.stop();
    expect(await storedHosts()).toEqual(['a', 'b']);
  });
});

describe('with a thread', () => {
  const database = useDatabase('SQLite');

  test('windows are in the file when they were added', async () => {
    const location = await database.create();
    const store = await openStore(location);
    const writer = createWindowWriter({ db: store.db, databaseFile: location.path });
    await Promise.all([writer.add([windowOf('a')]), writer.add([windowOf('b')])]);
    expect((await dueRepairWindows(store.db, nowMs)).map(({ host }) => host)).toEqual(['a', 'b']);
    await writer.stop();
    await store.close();
  });
});
