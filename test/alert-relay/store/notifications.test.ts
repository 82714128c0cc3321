/** The outbox: order within an episode, no duplicate pending notifications, and queries that use the partial indexes. */

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { outboxDepths } from '../../../alert-relay/stages/metrics.ts';
import {
  enqueueNotifications,
  notificationsOf,
  notifiedChannels,
  postponeNotifications,
  settleNotifications,
  tryNextNotification,
} from '../../../alert-relay/store/notifications.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { deleteEpisodes, openEpisode, tryCloseEpisode, tryEpisode } from '../../../common/store/relay-records.ts';
import { databases, useDatabase } from '../../support/databases.ts';

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let store: Store;

  beforeEach(async () => {
    store = await openStore(await database.create());
  });
  afterEach(() => store.close());

  async function episode(fingerprint: string): Promise<number> {
    const { id } = await openEpisode(store.db, {
      fingerprint,
      labels: { alertname: 'A', instance: 'web-1' },
      annotations: {},
      receiver: 'r',
      generatorUrl: undefined,
      externalUrl: undefined,
      startsAtMs: 1,
      nowMs: 1,
    });
    return id;
  }

  const enqueue = (episodeId: number, status: 'firing' | 'resolved', nowMs: number, channel = 'ops') =>
    enqueueNotifications(store.db, [{ episodeId, status, channel, nowMs }]);

  describe('the outbox', () => {
    test('a resolved notification waits for the firing of its episode only', async () => {
      const [first, second] = [await episode('a'), await episode('b')];
      await enqueue(first, 'firing', 1);
      await enqueue(first, 'resolved', 2);
      await enqueue(second, 'firing', 3);
      const head = await tryNextNotification(store.db, 'ops');
      expect(head).toMatchObject({ episode_id: first, status: 'firing' });
      await postponeNotifications(store.db, { ids: [head?.id ?? 0], reason: 'HTTP 500', nextAttemptAtMs: 100 });
      const other = await tryNextNotification(store.db, 'ops');
      expect(other).toMatchObject({ episode_id: second, status: 'firing' });
      await settleNotifications(store.db, { ids: [other?.id ?? 0], reason: null, nowMs: 4 });
      expect(await tryNextNotification(store.db, 'ops')).toMatchObject({
        id: head?.id,
        attempts: 1,
        reason: 'HTTP 500',
        next_attempt_at: 100,
      });
      await settleNotifications(store.db, { ids: [head?.id ?? 0], reason: 'refused', nowMs: 5 });
      expect(await tryNextNotification(store.db, 'ops')).toMatchObject({ episode_id: first, status: 'resolved' });
    });

    test('a pending notification is not queued twice; a settled one is queued again', async () => {
      const id = await episode('a');
      await enqueue(id, 'firing', 1);
      await enqueue(id, 'firing', 2);
      await enqueue(id, 'firing', 2, 'other');
      expect(await outboxDepths(store.db)).toEqual([
        { channel: 'ops', length: 1, oldestAtMs: 1 },
        { channel: 'other', length: 1, oldestAtMs: 2 },
      ]);
      const head = await tryNextNotification(store.db, 'ops');
      await settleNotifications(store.db, { ids: [head?.id ?? 0], reason: null, nowMs: 3 });
      expect(await notifiedChannels(store.db, { episodeId: id, status: 'firing' }, 3)).toEqual(
        new Set(['ops', 'other']),
      );
      expect(await notifiedChannels(store.db, { episodeId: id, status: 'firing' }, 4)).toEqual(new Set(['other']));
      await enqueue(id, 'firing', 5);
      const rows = await notificationsOf(store.db, id);
      expect(rows.map(({ channel, state }) => `${channel} ${state}`)).toEqual([
        'ops delivered',
        'other pending',
        'ops pending',
      ]);
    });

    test('ids are never reused, even after all rows are deleted', async () => {
      const id = await episode('a');
      await tryCloseEpisode(store.db, { id, endsAtMs: 2, nowMs: 2, resolution: 'announced' });
      expect(await deleteEpisodes(store.db, 3)).toBe(1);
      expect(await episode('a')).toBe(id + 1);
    });

    test('deleting closed episodes deletes their notifications; open episodes are kept', async () => {
      const [closed, open] = [await episode('a'), await episode('b')];
      await enqueue(closed, 'firing', 1);
      await tryCloseEpisode(store.db, { id: closed, endsAtMs: 2, nowMs: 2, resolution: 'announced' });
      expect(await deleteEpisodes(store.db, 2)).toBe(0);
      expect(await deleteEpisodes(store.db, 3)).toBe(1);
      expect(await notificationsOf(store.db, closed)).toEqual([]);
      expect(await tryEpisode(store.db, open)).toMatchObject({ fingerprint: 'b', closed_at: null });
    });

    test('an alert has at most one open episode', async () => {
      await episode('a');
      await expect(episode('a')).rejects.toThrow(/unique constraint/i);
    });

    test('the next notification is found by index', async () => {
      const { sql: text, parameters } = store.db
        .selectFrom('notifications')
        .selectAll()
        .where('channel', '=', 'ops')
        .where('state', '=', sql.lit('pending'))
        .orderBy('next_attempt_at')
        .orderBy('id')
        .compile();
      expect(parameters).toEqual(['ops']);
      const asked = sql.raw(text.replace(/\?|\$1/, "'ops'"));
      const plan = name === 'SQLite' ? sql`explain query plan ${asked}` : sql`explain ${asked}`;
      const { rows } = await plan.execute(store.db);
      expect(JSON.stringify(rows)).toContain('notifications_due');
    });
  });
});
