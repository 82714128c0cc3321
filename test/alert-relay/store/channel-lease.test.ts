/** Channel leases: one relay sends at a time, a relay that lost its lease records nothing, and a dead one is replaced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { type ChannelLease, withChannelLease } from '../../../alert-relay/store/channel-lease.ts';
import { LeaseLost } from '../../../common/store/leases.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import type { Database } from '../../../common/store/schema.ts';
import { databases, useDatabase } from '../../support/databases.ts';
import { eventually } from '../../support/eventually.ts';

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
