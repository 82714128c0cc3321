/** `up` of pushing hosts, written by gateways over one database: who writes, takeovers, and how hosts leave. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { forgetHost, listPushedHosts } from '../../../ingest-gateway/liveness/pushed-hosts.ts';
import { expectedMs } from '../../../ingest-gateway/liveness/up.ts';
import { type DatabaseName, databases, useDatabase } from '../../support/databases.ts';
import { endsWithin } from '../../support/ends-within.ts';
import { createLivenessSite, type LivenessGateway, type LivenessSite } from '../../support/liveness-site.ts';
import { createRandom } from '../../support/random.ts';
import { longestTurn } from '../../support/turn-cost.ts';

const intervalMs = 5_000;
let nowMs: number;

/** Values of `up` of one host, oldest first; `null` is a stale marker. */
function valuesOf({ written }: LivenessSite, host: string): (number | null)[] {
  return written.filter((each) => each.host === host).map(({ value }) => value);
}

describe.each(databases)('on %s', (name: DatabaseName) => {
  const database = useDatabase(name);
  let site: LivenessSite;
  let path: string;
  const running = new Set<LivenessGateway>();

  beforeEach(async () => {
    nowMs = 1_800_000_002_500;
    const location = await database.create();
    ({ path } = location);
    site = await createLivenessSite(location, () => nowMs);
  });
  afterEach(async () => {
    for (const gateway of running) await gateway.stop();
    running.clear();
    await site.close();
  });

  async function start(gatewayName: string, options?: { readonly maxHosts?: number }): Promise<LivenessGateway> {
    const gateway = await site.startGateway(gatewayName, options);
    running.add(gateway);
    return gateway;
  }

  async function end(gateway: LivenessGateway, how: 'stop' | 'kill'): Promise<void> {
    running.delete(gateway);
    await gateway[how]();
  }

  /** Runs intervals: pushes of the hosts to the gateways, then the gateways' work in order. */
  async function run(
    intervals: number,
    gateways: readonly LivenessGateway[],
    hosts: readonly (readonly [LivenessGateway, string])[] = [],
  ): Promise<void> {
    for (let count = 0; count < intervals; count += 1) {
      nowMs += intervalMs;
      for (const [gateway, host] of hosts) gateway.push(host);
      for (const { liveness } of gateways) await liveness.tick();
    }
  }

  test('1 while a host pushes, 0 once it is silent, its series ended once, 1 again when it returns', async () => {
    const one = await start('one');
    await run(4, [one], [[one, 'web-1']]);
    expect(valuesOf(site, 'web-1')).toEqual([1, 1, 1, 1]);
    await run(14, [one]);
    expect(valuesOf(site, 'web-1').slice(-3)).toEqual([0, 0, 0]);
    expect(site.ended.get('web-1')).toBe(1);
    await run(6, [one], [[one, 'web-1']]);
    expect(valuesOf(site, 'web-1').slice(-6)).toEqual([1, 1, 1, 1, 1, 1]);
    await run(14, [one]);
    expect(site.ended.get('web-1')).toBe(2);
  });

  if (name === 'PostgreSQL')
    test('one gateway writes, also for hosts that push to the other one only', async () => {
      const [one, two] = [await start('one'), await start('two')];
      const hosts = [
        [one, 'web-1'],
        [two, 'web-2'],
      ] as const;
      await run(30, [one, two], hosts);
      expect(new Set(site.written.map(({ gateway }) => gateway))).toEqual(new Set(['one']));
      expect(new Set(valuesOf(site, 'web-1'))).toEqual(new Set([1]));
      expect(new Set(valuesOf(site, 'web-2'))).toEqual(new Set([1]));
      expect(site.ended.size).toBe(0);
    });

  test.each([
    ['stop', 3],
    ['kill', 12],
  ] as const)('after a %s of the writer another gateway takes over within %i intervals', async (how, intervals) => {
    const [one, two] = [await start('one'), await start('two')];
    const hosts = [[two, 'web-2']] as const;
    await run(12, [one, two], hosts);
    await end(one, how);
    const before = site.written.length;
    await run(intervals, [two], hosts);
    expect(site.written.length).toBeGreaterThan(before);
    expect(site.written.slice(before).every(({ gateway, value }) => gateway === 'two' && value === 1)).toBe(true);
  });

  test('a suspended writer does not write again before it has claimed the lease', async () => {
    const [one, two] = [await start('one'), await start('two')];
    await run(4, [one, two], [[one, 'web-1']]); // one has exchanged a moment ago
    await run(12, [two], [[two, 'web-1']]);
    expect(site.written.at(-1)?.gateway).toBe('two');
    await run(9, [one, two], [[two, 'web-1']]);
    expect(site.written.at(-1)?.gateway).toBe('two');
    const byTime = Map.groupBy(site.written, ({ timeMs }) => timeMs);
    for (const points of byTime.values()) expect(points).toHaveLength(1);
  });

  test('a removed host gets one stale marker; its row, its entry and its metrics go; a later push brings it back', async () => {
    const one = await start('one');
    await run(5, [one], [[one, 'web-1']]);
    expect(await one.metrics()).toContain('last_push_timestamp_seconds{host="web-1"}');
    await forgetHost(one.store.db, { host: 'web-1', nowMs });
    await run(12, [one]);
    expect(valuesOf(site, 'web-1').at(-1)).toBeNull();
    expect(valuesOf(site, 'web-1').filter((value) => value === null)).toHaveLength(1);
    expect(one.trackedHosts()).toEqual([]);
    expect(await one.metrics()).not.toContain('{host=');
    expect(await listPushedHosts(one.store.db)).toEqual([]);
    await run(1, [one], [[one, 'web-1']]);
    expect(valuesOf(site, 'web-1').at(-1)).toBe(1);
  });

  if (name === 'PostgreSQL')
    test('a removed host gets a stale marker, and every gateway forgets it', async () => {
      const [one, two] = [await start('one'), await start('two')];
      await run(
        6,
        [one, two],
        [
          [one, 'web-1'],
          [two, 'web-1'],
          [two, 'web-2'],
        ],
      );
      expect(await two.metrics()).toContain('last_push_timestamp_seconds{host="web-1"}');
      await forgetHost(one.store.db, { host: 'web-1', nowMs });
      await run(12, [one, two], [[two, 'web-2']]);
      expect(valuesOf(site, 'web-1').at(-1)).toBeNull();
      expect(valuesOf(site, 'web-1').filter((value) => value === null)).toHaveLength(1);
      expect([one.trackedHosts(), two.trackedHosts()]).toEqual([[], ['web-2']]);
      expect(await two.metrics()).not.toContain('host="web-1"');
      expect((await listPushedHosts(one.store.db)).map(({ host }) => host)).toEqual(['web-2']);
      await run(4, [one, two], [[two, 'web-1']]);
      expect(valuesOf(site, 'web-1').at(-1)).toBe(1);
    });

  test('after seven days of silence every gateway forgets a host, one with its own `up` as well', async () => {
    const [one, two] = [await start('one'), await start('two')];
    for (const gateway of [one, two]) {
      gateway.push(`plain-${gateway.name}`);
      gateway.push(`own-up-${gateway.name}`, { hasUp: true, mayBringUp: true });
    }
    await run(3, [one, two]);
    nowMs += expectedMs - 60_000;
    await run(3, [one, two]);
    expect(two.trackedHosts()).toEqual(['plain-two', 'own-up-two']);
    nowMs += 60_000;
    await run(6, [one, two]);
    expect([one.trackedHosts(), two.trackedHosts()]).toEqual([[], []]);
    expect(await two.metrics()).not.toContain('{host=');
    expect(await listPushedHosts(one.store.db)).toEqual([]);
  });

  test('the number of tracked hosts is bounded and dropped hosts are counted', async () => {
    const one = await start('one', { maxHosts: 10 });
    for (let at = 0; at < 25; at += 1) one.push(`web-${at}`);
    expect(one.trackedHosts()).toHaveLength(10);
    expect(await one.metrics()).toContain('hostpulse_gateway_tracked_hosts_dropped_total 15');
  });

  test('a host that begins to send its own `up` is left to its sender by every gateway', async () => {
    const [one, two] = [await start('one'), await start('two')];
    await run(4, [one, two], [[two, 'web-1']]);
    for (let count = 0; count < 6; count += 1) {
      nowMs += intervalMs;
      two.push('web-1', { hasUp: true, mayBringUp: true });
      await two.liveness.tick();
      await one.liveness.tick();
    }
    const before = site.written.length;
    nowMs += intervalMs;
    await one.liveness.tick();
    expect(site.written).toHaveLength(before);
    // When the sender falls silent, the gateway writes: after three intervals, and the delay between gateways.
    await run(14, [one, two]);
    expect(valuesOf(site, 'web-1').at(-1)).toBe(0);
    expect(site.ended.has('web-1')).toBe(true);
  });

  test("a host's labels are on `up`; when they change, the series before ends", async () => {
    const one = await start('one');
    const push = async (labels?: Readonly<Record<string, string>>) => {
      nowMs += intervalMs;
      one.push('web-1', labels === undefined ? {} : { labels });
      await one.liveness.tick();
    };
    await push({ env: 'prod', dc: 'fra' });
    await push(); // a push that tells no labels
    await push({ env: 'test' });
    await run(11, [one]);
    const shown = site.written.map(({ value, labels }) => [value, labels]);
    const [before, after] = [{ env: 'prod', dc: 'fra' }, { env: 'test' }];
    expect(shown.slice(0, 4)).toEqual([
      [1, before],
      [1, before],
      [null, before],
      [1, after],
    ]);
    expect(shown.at(-1)).toEqual([0, after]);
    expect((await listPushedHosts(one.store.db))[0]?.labels).toEqual(after);
  });

  test('a host behind an agent is left to the agent, and is down after three of its intervals', async () => {
    const one = await start('one');
    const labels = { cluster: 'c' };
    const startMs = nowMs;
    for (; nowMs < startMs + 120_000; nowMs += intervalMs) {
      // A scrape every 15 s, divided among three requests.
      if ((nowMs - startMs) % 15_000 === 0)
        for (const hasUp of [true, false, false])
          one.push('web-1', { hasUp, mayBringUp: true, newestMs: nowMs, ...(hasUp ? { labels } : {}) });
      await one.liveness.tick();
    }
    expect(site.written).toEqual([]);
    const lastMs = nowMs - 15_000;
    await run(16, [one]);
    expect(site.written.map(({ value, labels: own }) => [value, own])).toEqual(
      Array.from({ length: site.written.length }, () => [0, labels]),
    );
    const knownAfterMs = name === 'PostgreSQL' ? 30_000 : 0; // another gateway may have received a push
    const silentMs = lastMs + 3 * 15_000 + knownAfterMs + intervalMs;
    expect(site.written[0]?.timeMs).toBe(silentMs - (silentMs % intervalMs));
    expect(site.ended.get('web-1')).toBe(1);
    one.push('web-1', { hasUp: true, mayBringUp: true, labels });
    const count = site.written.length;
    await run(1, [one]);
    expect(site.written).toHaveLength(count);
  });

  if (name === 'SQLite')
    test('20,000 hosts are written in one interval, none of its turns is long, and a stop does not wait for their end', async () => {
      const one = await start('one');
      const hosts = Array.from({ length: 20_000 }, (_, at) => [one, `host-${at}`] as const);
      const { longestMs } = await longestTurn(async () => {
        await run(1, [one], hosts);
        await run(1, [one], hosts);
      });
      expect(site.written).toHaveLength(40_000);
      // Most of the turn is work of the test's server, which parses the written samples in the same process.
      expect(longestMs).toBeLessThan(500);
      nowMs += 60_000;
      const ticking = one.liveness.tick();
      const stopped = end(one, 'stop');
      expect(await endsWithin(10_000, stopped)).toBe(true);
      await stopped;
      await ticking;
    }, 120_000);

  if (name === 'SQLite')
    test('while the database is busy, the holder writes until its lease ends', async () => {
      const one = await start('one');
      await run(3, [one], [[one, 'web-1']]);
      const before = site.written.length;
      const other = new DatabaseSync(path);
      other.exec('begin immediate');
      await run(12, [one], [[one, 'web-1']]);
      expect(site.written.length - before).toBe(6); // the lease ends 45 s after the last claim, which was 10 s before
      other.exec('commit');
      other.close();
      await run(1, [one], [[one, 'web-1']]);
      expect(site.written.length - before).toBe(7);
      expect(new Set(valuesOf(site, 'web-1'))).toEqual(new Set([1]));
    });

  test('two gateways in any interleaving: one writer an interval, no wrong silence, and nothing is left in the end', async () => {
    for (const seed of [1, 2, 3]) await wander(seed);
  }, 120_000);

  /** Two gateways that are stopped, killed, started and suspended at random, over hosts that come and go. */
  async function wander(seed: number): Promise<void> {
    const random = createRandom(seed);
    const slots: (LivenessGateway | undefined)[] = [await start(`a${seed}`), await start(`b${seed}`)];
    const hosts = Array.from({ length: 6 }, (_, at) => ({
      host: `${seed}-${at}`,
      isUp: true,
      lastPushMs: 0,
      streak: 0,
    }));
    let starts = 0;
    let changedMs = 0;
    let checks = 0;
    for (let interval = 0; interval < 250; interval += 1) {
      nowMs += intervalMs;
      const from = site.written.length;
      const alive = slots.filter((slot) => slot !== undefined);
      for (const each of hosts) {
        if (random.below(40) === 0) each.isUp = !each.isUp;
        each.streak = each.isUp && alive.length > 0 ? each.streak + 1 : 0;
        if (each.streak === 0) continue;
        random.pick(alive).push(each.host);
        each.lastPushMs = nowMs;
      }
      const order = random.below(2) === 0 ? alive : alive.toReversed();
      const ticking = order.filter(() => random.below(60) !== 0);
      if (ticking.length < order.length) changedMs = nowMs; // suspended for an interval
      // At the same time or one after the other.
      if (random.below(2) === 0)
        await Promise.all(ticking.map(({ liveness }) => liveness.tick().catch(() => undefined)));
      else for (const { liveness } of ticking) await liveness.tick();
      const points = site.written.slice(from);
      for (const { host } of hosts) {
        const writers = points.filter((each) => each.host === host).map(({ gateway }) => gateway);
        expect({ seed, interval, host, writers: writers.length }).toEqual({
          seed,
          interval,
          host,
          writers: writers.length > 0 ? 1 : 0,
        });
      }
      // Nothing was disturbed for 90 s: a host that pushed all the time is up.
      if (nowMs - changedMs > 90_000 && name === 'PostgreSQL')
        for (const { host, value } of points) {
          const streak = hosts.find((each) => each.host === host)?.streak ?? 0;
          if (streak >= 18) expect({ seed, interval, host, value }).toMatchObject({ value: 1 });
          checks += streak >= 18 ? 1 : 0;
        }
      if (random.below(50) !== 0) continue;
      const at = random.below(2);
      const gateway = slots[at];
      changedMs = nowMs;
      if (gateway === undefined) slots[at] = await start(`${'ab'[at]}${seed}-${(starts += 1)}`);
      else {
        slots[at] = undefined;
        await end(gateway, random.pick(['stop', 'kill'] as const));
      }
    }
    if (name === 'PostgreSQL') expect(checks).toBeGreaterThan(50);
    // All hosts stop; the gateways run on beyond the seven days.
    for (const [at, slot] of slots.entries()) slots[at] = slot ?? (await start(`${'ab'[at]}${seed}-end`));
    const last = slots.filter((slot) => slot !== undefined);
    await run(12, last);
    const remembered = (await listPushedHosts(last[0]?.store.db ?? never())).map(({ host }) => host);
    expect(new Set(remembered)).toEqual(
      new Set(hosts.filter(({ lastPushMs }) => lastPushMs > 0).map(({ host }) => host)),
    );
    nowMs += expectedMs;
    await run(6, last);
    for (const gateway of last) {
      expect(gateway.trackedHosts()).toEqual([]);
      expect(await gateway.metrics()).not.toContain('{host=');
      await end(gateway, 'stop');
    }
    expect(await listPushedHosts((await start(`c${seed}`)).store.db)).toEqual([]);
    for (const { host } of hosts) expect([host, valuesOf(site, host).at(-1)]).toEqual([host, null]);
    for (const gateway of running) await end(gateway, 'stop');
  }
});

function never(): never {
  throw new Error('no gateway');
}
