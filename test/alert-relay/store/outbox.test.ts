/** The outbox: order within an episode, no duplicate pending notifications, and queries that use the partial indexes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { outboxDepths } from '../../../alert-relay/stages/metrics.ts';
import {
  type ChannelLease,
  enqueueNotifications,
  notifiedChannels,
  postponeNotifications,
  settleNotifications,
  tryNextNotification,
  withChannelLease,
} from '../../../alert-relay/store/outbox.ts';
import { LeaseLost } from '../../../common/store/leases.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { deleteEpisodes, openEpisode, tryCloseEpisode, tryEpisode } from '../../../common/store/relay-records.ts';
import type { Database } from '../../../common/store/schema.ts';
import { databases, useDatabase } from '../../support/databases.ts';
import { eventually } from '../../support/eventually.ts';
import { notificationsOf } from '../../support/notifications.ts';

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

const lifetimeMs = 300;

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let stores: readonly [Store, Store];
  let faults: string[];

  beforeEach(async () => {
    const location = await database.create();
    stores = [await openStore(location), await openStore(location)];
    faults = [];
  });
  afterEach(() => Promise.all(stores.map((store) => store.close())));

  const lease = <T>({ db }: Store, channel: string, work: (lease: ChannelLease) => Promise<T>) =>
    withChannelLease({ db, channel, lifetimeMs, onFault: (message) => void faults.push(message) }, work);
  const complete = (store: Store, channel: string, notBeforeMs: number) =>
    lease(store, channel, (held) => held.complete({ notBeforeMs, change: () => Promise.resolve() }));
  const pauseSeenBy = (store: Store, channel: string) =>
    lease(store, channel, ({ notBeforeMs }) => Promise.resolve(notBeforeMs));

  /** Records something in the transaction of `complete`. */
  const mark = (db: Database) => db.insertInto('relay_channels').values({ name: 'recorded' }).execute();
  const isMarked = async ({ db }: Store) =>
    (await db.selectFrom('relay_channels').selectAll().executeTakeFirst()) !== undefined;
  /** Another relay takes the lease, as it does after the expiry. */
  const takeAway = ({ db }: Store) => sql`update channel_leases set token = token + 1, expires_at = 1`.execute(db);

  test('the pause of a channel applies to every relay, and to no other channel', async () => {
    const [one, other] = stores;
    expect(await pauseSeenBy(other, 'ops')).toBe(0);
    await complete(one, 'ops', 1_800_000_000_000.25);
    expect(await pauseSeenBy(other, 'ops')).toBe(1_800_000_000_001);
    expect(await pauseSeenBy(other, 'mail')).toBe(0);
    await complete(one, 'ops', 5);
    expect(await pauseSeenBy(other, 'ops')).toBe(5);
  });

  test('the token grows with every lease, and the row names the holder', async () => {
    const row = () => stores[0].db.selectFrom('channel_leases').selectAll().executeTakeFirstOrThrow();
    await complete(stores[0], 'ops', 0);
    const first = await row();
    await pauseSeenBy(stores[1], 'ops');
    const second = await row();
    expect([first.token, second.token]).toEqual([1, 2]);
    expect([first.expires_at, second.expires_at]).toEqual([0, 0]);
    expect(second.holder).toMatch(new RegExp(`/${process.pid}$`));
  });

  test('a relay that lost its lease learns it before it sends, and records nothing', async () => {
    const [one, other] = stores;
    const attempt = lease(one, 'ops', async (held) => {
      await takeAway(other);
      await sleep(lifetimeMs);
      expect(held.signal.reason).toBeInstanceOf(LeaseLost);
      await expect(held.confirm()).rejects.toThrow(LeaseLost);
      await held.complete({ notBeforeMs: 77, change: mark });
    });
    await expect(attempt).rejects.toThrow('another relay has taken the lease of the channel "ops"');
    expect(await isMarked(other)).toBe(false);
    expect(await pauseSeenBy(other, 'ops')).toBe(0);
  });

  test('a completion that fails is rolled back as a whole', async () => {
    const [one, other] = stores;
    const attempt = lease(one, 'ops', (held) =>
      held.complete({
        notBeforeMs: 77,
        change: async (transaction) => {
          await mark(transaction);
          throw new Error('the disk is full');
        },
      }),
    );
    await expect(attempt).rejects.toThrow('the disk is full');
    expect(await isMarked(other)).toBe(false);
    expect(await pauseSeenBy(other, 'ops')).toBe(0);
    expect(faults).toEqual([]);
  });

  if (name === 'SQLite')
    test('a restarted relay does not wait for the lease of its previous run', async () => {
      await lease(stores[0], 'ops', async () => {
        expect(await pauseSeenBy(stores[1], 'ops')).toBe(0);
      });
    });

  if (name === 'PostgreSQL') {
    test('one relay holds a channel at a time, for as long as it renews the lease', async () => {
      const [one, other] = stores;
      await lease(one, 'ops', async (held) => {
        expect(await pauseSeenBy(other, 'mail')).toBe(0);
        for (let at = 0; at < 4; at += 1) {
          expect(await pauseSeenBy(other, 'ops')).toBeUndefined();
          await sleep(lifetimeMs / 2);
        }
        await held.confirm();
        expect(held.signal.aborted).toBe(false);
      });
      expect(await pauseSeenBy(other, 'ops')).toBe(0);
    });

    test('of ten claims at once, one gets the lease', async () => {
      const release = Promise.withResolvers<void>();
      let refused = 0;
      const claims = Array.from({ length: 10 }, async (_, at) => {
        const got = await lease(stores[at % 2] as Store, 'ops', () => release.promise.then(() => 'held'));
        if (got === undefined) refused += 1;
        return got;
      });
      await eventually({ what: 'nine are refused', limitMs: 5_000, pollMs: 5 }, () =>
        refused === 9 ? true : undefined,
      );
      release.resolve();
      expect((await Promise.all(claims)).filter((got) => got === 'held')).toHaveLength(1);
    });

    test('the lease of a relay that died ends with its lifetime', async () => {
      const [one, other] = stores;
      await complete(one, 'ops', 0);
      await sql`update channel_leases set expires_at = floor(extract(epoch from clock_timestamp()) * 1000) + ${lifetimeMs}`.execute(
        one.db,
      );
      const startedMs = performance.now();
      expect(await pauseSeenBy(other, 'ops')).toBeUndefined();
      while ((await pauseSeenBy(other, 'ops')) === undefined) await sleep(10);
      const waitedMs = performance.now() - startedMs;
      expect(waitedMs).toBeGreaterThan(lifetimeMs * 0.8);
      expect(waitedMs).toBeLessThan(10 * lifetimeMs);
    });

    test('no transaction is open and no connection is held while the holder works', async () => {
      await lease(stores[0], 'ops', async () => {
        const rows = await database
          .server()
          .query("select count(*)::int as n from pg_stat_activity where state like 'idle in transaction%'");
        expect(rows).toEqual([{ n: 0 }]);
      });
    });

    test('a lease that no other relay took survives an outage of the database', async () => {
      const [one] = stores;
      await lease(one, 'ops', async (held) => {
        await sql`alter table channel_leases rename to gone`.execute(stores[1].db);
        await sleep(1.5 * lifetimeMs);
        await sql`alter table gone rename to channel_leases`.execute(stores[1].db);
        await held.complete({ notBeforeMs: 3, change: mark });
      });
      expect(faults).toContain('channel lease not renewed');
      expect(await isMarked(one)).toBe(true);
    });
  }
});
