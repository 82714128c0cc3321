/** The relay records that it runs when it starts, and logs the first of several failures. */
import { describe, expect, test } from '@jest/globals';
import { presencePart } from '../../alert-relay/presence.ts';
import { openStore } from '../../common/store/open.ts';
import { maxSeenAgeMs, relayPresence } from '../../common/store/relay-records.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { createRecordingLog } from '../support/recording-log.ts';

const startMs = 1_795_395_685_000;

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);

  test('a relay runs for a minute after its last record', async () => {
    const store = await openStore(await database.create());
    try {
      expect(await relayPresence(store.db, startMs)).toEqual({ kind: 'absent' });
      const part = presencePart({ db: store.db, log: createRecordingLog(), now: () => startMs });
      await part.start?.();
      await part.stop?.();
      expect(await relayPresence(store.db, startMs + maxSeenAgeMs)).toEqual({ kind: 'running' });
      const silent = { kind: 'silent', sinceMs: startMs };
      expect(await relayPresence(store.db, startMs + maxSeenAgeMs + 1)).toEqual(silent);
    } finally {
      await store.close();
    }
  });

  test('a database that cannot be written does not keep the relay from starting', async () => {
    const store = await openStore(await database.create());
    const log = createRecordingLog();
    try {
      await store.db.schema.dropTable('relay_state').execute();
      const part = presencePart({ db: store.db, log, now: () => startMs });
      for (let starts = 0; starts < 2; starts += 1) {
        await part.start?.();
        await part.stop?.();
      }
    } finally {
      await store.close();
    }
    expect(log.lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['warn', 'the database did not record that the relay runs; next attempt in 15 s'],
    ]);
  });
});
