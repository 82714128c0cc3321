/** Times of the tiers in a real database. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../../common/store/open.ts';
import { advanceTierTime, readRawHorizon, tryTierTime } from '../../../../ingest-gateway/rollups/tier/tier-state.ts';
import { databases, useDatabase } from '../../../support/databases.ts';

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let store: Store;

  beforeEach(async () => {
    store = await openStore(await database.create());
  });
  afterEach(() => store.close());

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
