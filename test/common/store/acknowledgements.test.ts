/** Acknowledgements of episodes: their results, what they store, and which channels are notified. */
import { describe, expect, test } from '@jest/globals';
import { enqueueNotifications, settleNotifications } from '../../../alert-relay/store/outbox.ts';
import {
  acknowledge,
  acknowledgementChanges,
  withdrawAcknowledgement,
} from '../../../common/store/acknowledgements.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { openEpisode, tryCloseEpisode, tryEpisode } from '../../../common/store/relay-records.ts';
import { databases, useDatabase } from '../../support/databases.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);

  async function withEpisodes(count: number, act: (store: Store) => Promise<void>): Promise<void> {
    const store = await openStore(await database.create());
    try {
      for (let index = 1; index <= count; index += 1) {
        const labels = { alertname: 'Cpu', instance: `web-${index}` };
        const firing = {
          fingerprint: `f${index}`,
          labels,
          annotations: {},
          receiver: 'relay',
          startsAtMs: nowMs,
          nowMs,
        };
        await openEpisode(store.db, { ...firing, generatorUrl: undefined, externalUrl: undefined });
        for (const channel of ['chat', 'mail'])
          await enqueueNotifications(store.db, [{ episodeId: index, channel, status: 'firing', nowMs }]);
      }
      await act(store);
    } finally {
      await store.close();
    }
  }

  const told = async ({ db }: Store) => {
    const rows = await db
      .selectFrom('notifications')
      .selectAll()
      .where('status', '=', 'acknowledgement')
      .where('state', '=', 'pending')
      .orderBy('id')
      .execute();
    return rows.map(({ episode_id, channel }) => `${channel} ${episode_id}`);
  };
  const deliver = async ({ db }: Store) => {
    const rows = await db.selectFrom('notifications').select('id').where('state', '=', 'pending').execute();
    await settleNotifications(db, { ids: rows.map(({ id }) => id), reason: null, nowMs });
  };

  test('a first, a repeated and a changed acknowledgement', async () => {
    await withEpisodes(2, async (store) => {
      const { db } = store;
      await deliver(store);
      const ack = async (by: string, note: string | undefined, afterMs: number) => [
        ...(await acknowledge(db, { episodeIds: [1], by, note, nowMs: nowMs + afterMs })).entries(),
      ];
      expect(await ack('Ana', 'on it', 1)).toEqual([[1, 'acknowledged']]);
      expect(await told(store)).toEqual(['chat 1', 'mail 1']);
      expect(await tryEpisode(db, 1)).toMatchObject({
        acknowledged_by: 'Ana',
        acknowledged_note: 'on it',
        acknowledged_at: nowMs + 1,
      });
      await deliver(store);

      expect(await ack('Ana', 'on it', 2)).toEqual([[1, 'unchanged']]);
      expect(await ack('Ana', 'still on it', 3)).toEqual([[1, 'changed']]);
      expect(await told(store)).toEqual([]);
      expect(await tryEpisode(db, 1)).toMatchObject({ acknowledged_note: 'still on it', acknowledged_at: nowMs + 1 });

      expect(await ack('Bo', undefined, 4)).toEqual([[1, 'changed']]);
      expect(await told(store)).toEqual(['chat 1', 'mail 1']);
      expect(await tryEpisode(db, 1)).toMatchObject({
        acknowledged_by: 'Bo',
        acknowledged_note: null,
        acknowledged_at: nowMs + 4,
      });
      expect(await tryEpisode(db, 2)).toMatchObject({ acknowledged_by: null });
      const changes = (await acknowledgementChanges(db, [1])).get(1) ?? [];
      expect(changes.map(({ kind, by, note, changed_at }) => [kind, by, note, changed_at - nowMs])).toEqual([
        ['acknowledged', 'Ana', 'on it', 1],
        ['acknowledged', 'Ana', 'still on it', 3],
        ['acknowledged', 'Bo', null, 4],
      ]);
    });
  });

  test('a withdrawal, and a second one that changes nothing', async () => {
    await withEpisodes(1, async (store) => {
      const request = { episodeIds: [1], by: 'Ana', note: undefined, nowMs };
      await acknowledge(store.db, request);
      await deliver(store);
      expect([...(await withdrawAcknowledgement(store.db, request)).values()]).toEqual(['withdrawn']);
      expect(await told(store)).toEqual(['chat 1', 'mail 1']);
      expect(await tryEpisode(store.db, 1)).toMatchObject({ acknowledged_by: null, acknowledged_at: null });
      expect([...(await withdrawAcknowledgement(store.db, request)).values()]).toEqual(['unchanged']);
    });
  });

  test('a resolved alert and an unknown one are not acknowledged', async () => {
    await withEpisodes(1, async (store) => {
      await tryCloseEpisode(store.db, { id: 1, endsAtMs: nowMs, nowMs, resolution: 'announced' });
      const results = await acknowledge(store.db, { episodeIds: [1, 99], by: 'Ana', note: undefined, nowMs });
      expect([...results]).toEqual([[1, 'ended']]);
      expect(await told(store)).toEqual([]);
      expect(await tryEpisode(store.db, 1)).toMatchObject({ acknowledged_by: null });
    });
  });

  test('two acknowledgements at the same time: both are recorded, the later one holds, each channel has one message', async () => {
    await withEpisodes(1, async (store) => {
      await deliver(store);
      const both = await Promise.all(
        ['Ana', 'Bo'].map((by) => acknowledge(store.db, { episodeIds: [1], by, note: undefined, nowMs })),
      );
      expect(new Set(both.map((each) => each.get(1)))).toEqual(new Set(['acknowledged', 'changed']));
      const changes = (await acknowledgementChanges(store.db, [1])).get(1) ?? [];
      expect(changes).toHaveLength(2);
      expect(await tryEpisode(store.db, 1)).toMatchObject({ acknowledged_by: changes[1]?.by });
      expect(await told(store)).toEqual(['chat 1', 'mail 1']);
    });
  });
});
