/** Delivery: leases, retries, order, dead letters, and the independence of channels. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Channel, ChannelOutcome } from '../../../alert-relay/channel/channel.ts';
import { relaySettings } from '../../../alert-relay/config.ts';
import { enforceRetention } from '../../../alert-relay/retention.ts';
import {
  type AttemptFacts,
  channelPause,
  decide,
  type NextStep,
  nextStep,
} from '../../../alert-relay/stages/deliver.ts';
import { outboxDepths } from '../../../alert-relay/stages/metrics.ts';
import { reviveDeadLetters } from '../../../alert-relay/store/dead-letters.ts';
import type { NotificationRow } from '../../../common/store/schema.ts';
import { databases, useDatabase } from '../../support/databases.ts';
import { eventually } from '../../support/eventually.ts';
import { notificationsOf } from '../../support/notifications.ts';
import { type HarnessOptions, type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';
import { createRandom } from '../../support/random.ts';

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let harness: PipelineHarness;
  afterEach(() => harness.stop());

  async function start(options: HarnessOptions = {}): Promise<void> {
    harness = await startPipeline({ location: await database.create(), ...options });
  }

  const firing = (name: string) => [{ name, startsAtMs: harness.at(0) }];
  const resolved = (name: string, seconds: number) => [
    { name, status: 'resolved' as const, startsAtMs: harness.at(0), endsAtMs: harness.at(seconds) },
  ];

  /** Returns the notification once it has this number of attempts. */
  function attempted(episodeId: number, attempts: number) {
    return eventually({ what: `${attempts} attempts`, limitMs: 5_000, pollMs: 5 }, async () => {
      const [row] = await notificationsOf(harness.store.db, episodeId);
      return row !== undefined && row.attempts >= attempts ? row : undefined;
    });
  }

  const counted = async (name: string, labels: Record<string, string>): Promise<number | undefined> => {
    const metric = await harness.registry.getSingleMetric(name)?.get();
    return metric?.values.find((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value))
      ?.value;
  };

  describe('the lease', () => {
    const leases = () => harness.store.db.updateTable('channel_leases');
    const attemptInFlight = (count = 1) =>
      eventually({ what: 'the attempt is in flight', limitMs: 5_000, pollMs: 5 }, () =>
        harness.sinks['ops']?.hanging() === count ? true : undefined,
      );

    test('an attempt whose lease was lost is neither recorded nor counted; the message is sent again', async () => {
      await start({ timeoutMs: 60_000, leaseMs: 60_000 });
      harness.sinks['ops']?.hang();
      await harness.post(firing('A'));
      await attemptInFlight();
      // Another relay claims the lease after its expiry.
      await leases()
        .set(({ eb }) => ({ token: eb('token', '+', 1), expires_at: 9_000_000_000_000 }))
        .execute();
      harness.sinks['ops']?.release();
      if (name === 'PostgreSQL') {
        await eventually({ what: 'the relay looks again', limitMs: 5_000 }, () =>
          harness.sinks['ops']?.received.length === 1 ? true : undefined,
        );
        await sleep(600);
        expect(await notificationsOf(harness.store.db, 1)).toMatchObject([{ state: 'pending', attempts: 0 }]);
        expect(await counted('hostpulse_relay_deliveries_total', { channel: 'ops', outcome: 'ok' })).toBe(0);
        expect(harness.sinks['ops']?.hanging()).toBe(0);
        await leases().set({ expires_at: 0 }).execute();
      }
      await attemptInFlight();
      harness.sinks['ops']?.release();
      await harness.settled();
      expect(harness.told()).toEqual(['firing A', 'firing A']);
      expect(await notificationsOf(harness.store.db, 1)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
      const total = (outcome: string) => counted('hostpulse_relay_deliveries_total', { channel: 'ops', outcome });
      expect([await total('ok'), await total('retry'), await total('drop')]).toEqual([1, 0, 0]);
    });

    test('a lost lease ends the request in flight at the next renewal', async () => {
      await start({ timeoutMs: 60_000, leaseMs: 300 });
      harness.sinks['ops']?.hang();
      await harness.post(firing('A'));
      await attemptInFlight();
      await leases()
        .set(({ eb }) => ({ token: eb('token', '+', 1), expires_at: 0 }))
        .execute();
      harness.sinks['ops']?.answerWith(200);
      await harness.settled();
      expect(harness.sinks['ops']?.hanging()).toBe(0);
      expect(harness.told()).toEqual(['firing A']);
    });

    if (name === 'PostgreSQL') {
      test('twenty channels that hang hold no connection and no transaction', async () => {
        const channels = Array.from({ length: 20 }, (_, at) => `hook-${at}`);
        await start({ channels, timeoutMs: 60_000 });
        for (const channel of channels) harness.sinks[channel]?.hang();
        await harness.post(firing('A'));
        await eventually({ what: 'every channel hangs', limitMs: 10_000 }, () =>
          channels.every((channel) => harness.sinks[channel]?.hanging() === 1) ? true : undefined,
        );
        const open = "select count(*)::int as n from pg_stat_activity where state like 'idle in transaction%'";
        expect(await database.server().query(open)).toEqual([{ n: 0 }]);
        await harness.post(firing('B'));
        for (const channel of channels) harness.sinks[channel]?.answerWith(200);
        for (const channel of channels) harness.sinks[channel]?.release();
        await harness.settled();
        for (const channel of channels) expect(harness.told(channel)).toEqual(['firing A', 'firing B']);
      });
    }

    test.each([1, 2, 3])(
      'random interleavings lose nothing and keep the order of an episode, seed %d',
      async (seed) => {
        const random = createRandom(seed);
        const accepted: string[] = [];
        let [inFlight, mostInFlight, stolen] = [0, 0, 0];
        const outcomes: readonly ChannelOutcome[] = [
          { kind: 'ok' },
          { kind: 'ok' },
          { kind: 'ok' },
          { kind: 'retry', reason: 'HTTP 503' },
          { kind: 'retry', reason: 'HTTP 429', afterMs: 2_000 },
        ];
        const channel: Channel = {
          name: 'random',
          messagesPerMinute: undefined,
          async deliver({ alertname, status }) {
            inFlight += 1;
            mostInFlight = Math.max(mostInFlight, inFlight);
            const outcome = random.pick(outcomes);
            await sleep(random.below(random.below(5) === 0 ? 200 : 10));
            inFlight -= 1;
            if (outcome.kind === 'ok') accepted.push(`${status} ${alertname}`);
            return outcome;
          },
        };
        const relays = name === 'PostgreSQL' ? 2 : 1;
        await start({ channels: [], extraChannels: [channel], relays, leaseMs: 450 });
        const names = Array.from({ length: 15 }, (_, at) => `A${at}`);
        const waiting = names.flatMap((each) => [firing(each), resolved(each, 1)]);
        let seconds = 0;
        for (const alerts of waiting) {
          await harness.post(alerts);
          await sleep(random.below(30));
          if (random.below(4) === 0) {
            const { numUpdatedRows } = await leases()
              .set(({ eb }) => ({ token: eb('token', '+', 1), expires_at: 0 }))
              .where('expires_at', '>', 0)
              .executeTakeFirstOrThrow();
            stolen += Number(numUpdatedRows);
          }
          harness.setTime((seconds += random.below(3)));
        }
        await eventually({ what: 'the outbox is empty', limitMs: 30_000, pollMs: 20 }, async () => {
          harness.setTime((seconds += 1));
          await harness.post([]); // makes the relays read the new time
          return (await outboxDepths(harness.store.db)).length === 0 ? true : undefined;
        });
        const expected = names.flatMap((each) => [`firing ${each}`, `resolved ${each}`]);
        expect([...new Set(accepted)].sort()).toEqual([...expected].sort());
        for (const each of names)
          expect(accepted.indexOf(`firing ${each}`)).toBeLessThan(accepted.indexOf(`resolved ${each}`));
        expect(stolen).toBeGreaterThan(0);
        expect(accepted.length - expected.length).toBeLessThanOrEqual(stolen);
        expect(mostInFlight).toBeLessThanOrEqual(relays);
        expect(await counted('hostpulse_relay_deliveries_total', { channel: 'random', outcome: 'ok' })).toBe(
          expected.length,
        );
      },
    );
  });

  describe('delivery', () => {
    test('a failing receiver is retried with growing delays, then gets firing before resolved', async () => {
      await start();
      harness.sinks['ops']?.answerWith(503);
      await harness.post(firing('A'));
      const first = await attempted(1, 1);
      expect(first).toMatchObject({ state: 'pending', reason: 'HTTP 503', next_attempt_at: harness.at(0.5) });
      harness.setTime(1);
      await harness.post(resolved('A', 1));
      expect(await attempted(1, 2)).toMatchObject({ next_attempt_at: harness.at(2) });
      harness.sinks['ops']?.answerWith(200);
      harness.setTime(3);
      await harness.post(firing('B'));
      await harness.settled();
      expect([...harness.told()].sort()).toEqual(['firing A', 'firing B', 'resolved A']);
      const told = (harness.sinks['ops']?.received ?? []).map(
        ({ body }) => `${String(body['status'])} ${String(body['alert'])}`,
      );
      expect(told.indexOf('firing A')).toBeLessThan(told.indexOf('resolved A'));
      expect(await counted('hostpulse_relay_deliveries_total', { channel: 'ops', outcome: 'retry' })).toBe(2);
      expect(await counted('hostpulse_relay_deliveries_total', { channel: 'ops', outcome: 'ok' })).toBe(3);
    });

    test('a refused message is a dead letter at once; its resolution is not sent, and both are after a retry', async () => {
      await start();
      harness.sinks['ops']?.answerWith(400);
      await harness.post(firing('A'));
      await harness.settled();
      harness.sinks['ops']?.answerWith(200);
      await harness.post(resolved('A', 1));
      await harness.settled();
      const rows = await notificationsOf(harness.store.db, 1);
      expect(rows.map(({ status, state, reason }) => [status, state, reason])).toEqual([
        ['firing', 'dead', 'rejected: HTTP 400'],
        ['resolved', 'dead', 'untold: the channel did not get the firing'],
      ]);
      expect(await counted('hostpulse_relay_dropped_total', { channel: 'ops', reason: 'rejected' })).toBe(1);
      expect(await counted('hostpulse_relay_dropped_total', { channel: 'ops', reason: 'untold' })).toBe(1);
      expect(harness.told()).toEqual([]);
      await reviveDeadLetters(harness.store.db, { nowMs: harness.now() });
      harness.pipeline.start();
      await harness.post(firing('B'));
      await harness.settled();
      expect(harness.told()).toEqual(['firing A', 'resolved A', 'firing B']);
    });

    test('after a refused message, the next copy is delivered', async () => {
      await start();
      harness.sinks['ops']?.answerWith(400);
      await harness.post(firing('A'));
      await harness.settled();
      harness.sinks['ops']?.answerWith(200);
      harness.setTime(10);
      await harness.post(firing('A'));
      await harness.settled();
      expect(harness.told()).toEqual(['firing A']);
    });

    test('a message that cannot be delivered in time is a dead letter', async () => {
      await start({ retryMaxAgeMs: 60_000 });
      harness.sinks['ops']?.answerWith(500);
      await harness.post(firing('A'));
      await attempted(1, 1);
      harness.setTime(61);
      await harness.post(firing('B'));
      await eventually({ what: 'A is a dead letter', limitMs: 5_000 }, async () => {
        const [row] = await notificationsOf(harness.store.db, 1);
        return row?.state === 'dead' ? row : undefined;
      });
      const [row] = await notificationsOf(harness.store.db, 1);
      expect(row).toMatchObject({ reason: 'expired: HTTP 500', attempts: 2 });
      expect(await counted('hostpulse_relay_dropped_total', { channel: 'ops', reason: 'expired' })).toBe(1);
    });

    test('Retry-After pauses the whole channel, and no other', async () => {
      await start({ channels: ['ops', 'other'] });
      harness.sinks['ops']?.answerWith(429, { 'Retry-After': '120' });
      await harness.post(firing('A'));
      expect(await attempted(1, 1)).toMatchObject({ next_attempt_at: harness.at(120) });
      harness.sinks['ops']?.answerWith(200);
      harness.setTime(60);
      await harness.post(firing('B'));
      await eventually({ what: 'the other channel has both', limitMs: 5_000 }, () =>
        harness.sinks['other']?.received.length === 2 ? true : undefined,
      );
      expect(harness.told('ops')).toEqual([]);
      harness.setTime(121);
      await harness.post(firing('C'));
      await harness.settled();
      expect([...harness.told('ops')].sort()).toEqual(['firing A', 'firing B', 'firing C']);
    });

    test.each(name === 'PostgreSQL' ? [1, 2] : [1])(
      'a channel with a rate gets its messages spaced, failed ones too, by %d',
      async (relays) => {
        await start({ messagesPerMinute: 6, relays });
        await harness.post([...firing('A'), ...firing('B')]);
        const told = (count: number) =>
          eventually({ what: `${count} messages`, limitMs: 5_000, pollMs: 5 }, () =>
            harness.sinks['ops']?.received.length === count ? true : undefined,
          );
        await told(1);
        await eventually({ what: 'the first is settled', limitMs: 5_000, pollMs: 5 }, async () =>
          (await counted('hostpulse_relay_outbox_length', { channel: 'ops' })) === 1 ? true : undefined,
        );
        harness.setTime(9.9);
        await harness.post(firing('C'));
        await eventually({ what: 'B and C wait, A is settled', limitMs: 5_000, pollMs: 5 }, async () =>
          (await counted('hostpulse_relay_outbox_length', { channel: 'ops' })) === 2 ? true : undefined,
        );
        expect(harness.sinks['ops']?.received).toHaveLength(1);
        harness.setTime(10);
        await harness.post(firing('D'));
        await told(2);
        harness.sinks['ops']?.answerWith(500);
        harness.setTime(20);
        await harness.post(firing('E'));
        await attempted(3, 1);
        harness.sinks['ops']?.answerWith(200);
        harness.setTime(29);
        await harness.post(firing('F'));
        expect(harness.sinks['ops']?.received).toHaveLength(2);
        harness.setTime(30);
        await harness.post(firing('G'));
        await told(3);
      },
    );

    test('a channel that hangs delays no other', async () => {
      await start({ channels: ['ops', 'other'], timeoutMs: 60_000 });
      harness.sinks['ops']?.hang();
      await harness.post(firing('A'));
      await harness.settled('other');
      expect(harness.told('other')).toEqual(['firing A']);
      expect(await counted('hostpulse_relay_outbox_length', { channel: 'ops' })).toBe(1);
      expect(await counted('hostpulse_relay_outbox_length', { channel: 'other' })).toBe(0);
      harness.setTime(30);
      expect(await counted('hostpulse_relay_outbox_oldest_age_seconds', { channel: 'ops' })).toBe(30);
    });

    test('an alert goes to the channels that its rule names, and to all if it names no configured one', async () => {
      await start({ channels: ['ops', 'other'] });
      const alert = (name: string, channels: string) => ({
        name,
        startsAtMs: harness.at(0),
        annotations: { channels },
      });
      await harness.post([alert('A', 'other'), alert('B', 'default'), alert('C', 'unknown'), alert('D', 'ops, other')]);
      await harness.settled();
      expect(harness.told('ops')).toEqual(['firing B', 'firing C', 'firing D']);
      expect(harness.told('other')).toEqual(['firing A', 'firing B', 'firing C', 'firing D']);
    });

    test('every channel shows the same value at resolve', async () => {
      const answers = [3.5, 99];
      await start({ channels: ['ops', 'other'], tryValueAtResolve: () => Promise.resolve(answers.shift()) });
      await harness.post([{ name: 'A', startsAtMs: harness.at(0), annotations: { value: '91.5', threshold: '80' } }]);
      await harness.settled();
      await harness.post(resolved('A', 1));
      await harness.settled();
      const values = ['ops', 'other'].map((name) => harness.sinks[name]?.received.map(({ body }) => body['value']));
      // The channels ask at the same time; the answer that is stored first counts for both.
      expect([
        [91.5, 3.5],
        [91.5, 99],
      ]).toContainEqual(values[0]);
      expect(values[1]).toEqual(values[0]);
    });

    test('history is deleted exactly 90 days after the end of its alert; open episodes are kept', async () => {
      await start();
      await harness.post([...firing('A'), ...firing('B')]);
      await harness.settled();
      harness.setTime(100);
      await harness.post(resolved('A', 100));
      await harness.settled();
      const { store, metrics, log, now } = harness;
      const standard = { historyMs: relaySettings.retentionMs.defaultValue ?? 0, retryMaxAgeMs: 86_400_000 };
      const kept = async (seconds: number) => {
        harness.setTime(seconds);
        await enforceRetention({ ...standard, db: store.db, channels: ['ops'], metrics, log, now });
        const episodes = await store.db.selectFrom('alert_history').select('alertname').orderBy('id').execute();
        return [...episodes.map(({ alertname }) => alertname), (await notificationsOf(store.db, 1)).length];
      };
      const days = 90 * 86_400;
      expect(await kept(100 + days)).toEqual(['A', 'B', 2]);
      expect(await kept(100 + days + 0.001)).toEqual(['B', 0]);
      expect(await kept(10 * days)).toEqual(['B', 0]);
    });

    test('a message for a channel that is no longer configured becomes a dead letter', async () => {
      await start();
      harness.sinks['ops']?.answerWith(500);
      await harness.post(firing('A'));
      await attempted(1, 1);
      const retention = { historyMs: 90 * 86_400_000, retryMaxAgeMs: 86_400_000 };
      const { store, metrics, log, now } = harness;
      const enforce = () => enforceRetention({ ...retention, db: store.db, channels: ['new'], metrics, log, now });
      harness.setTime(86_400);
      await enforce();
      expect((await notificationsOf(store.db, 1))[0]).toMatchObject({ state: 'pending' });
      harness.setTime(86_401);
      await enforce();
      expect((await notificationsOf(store.db, 1))[0]).toMatchObject({
        state: 'dead',
        reason: 'channel_removed: the channel is not configured',
      });
    });
  });
});

const ok: ChannelOutcome = { kind: 'ok' };
const refused: ChannelOutcome = { kind: 'drop', reason: 'HTTP 400' };
const failed: ChannelOutcome = { kind: 'retry', reason: 'HTTP 503' };
const limited = (afterMs: number): ChannelOutcome => ({ kind: 'retry', reason: 'HTTP 429', afterMs });

const hour = 3_600_000;
const day = 24 * hour;
const first: Omit<AttemptFacts, 'outcome'> = { attempts: 1, ageMs: 0, maxAgeMs: day, jitter: 0.5 };
const delivered = { kind: 'delivered', receipt: undefined, warning: undefined } as const;
const retryIn = (delayMs: number, reason = 'HTTP 503') => ({ kind: 'retry', delayMs, reason }) as const;
const dead = (cause: 'rejected' | 'expired', reason: string) => ({ kind: 'dead', cause, reason }) as const;

describe('nextStep', () => {
  test.each<[string, AttemptFacts, NextStep]>([
    ['delivered', { ...first, outcome: ok }, delivered],
    ['delivered after the maximum age', { ...first, outcome: ok, ageMs: 2 * day }, delivered],
    [
      'delivered with receipt and warning',
      { ...first, outcome: { kind: 'ok', receipt: 'C1:2', warning: 'one recipient refused' } },
      { kind: 'delivered', receipt: 'C1:2', warning: 'one recipient refused' },
    ],
    ['refused', { ...first, outcome: refused }, dead('rejected', 'HTTP 400')],
    ['refused after the maximum age', { ...first, outcome: refused, ageMs: 2 * day }, dead('rejected', 'HTTP 400')],
    ['the first failure: half of 1 s', { ...first, outcome: failed }, retryIn(500)],
    ['the fourth failure: half of 8 s', { ...first, outcome: failed, attempts: 4 }, retryIn(4_000)],
    ['the thousandth failure: half of 5 min', { ...first, outcome: failed, attempts: 1_000 }, retryIn(150_000)],
    ['a jitter of 0', { ...first, outcome: failed, jitter: 0 }, retryIn(0)],
    ['Retry-After above the backoff', { ...first, outcome: limited(30_000) }, retryIn(30_000, 'HTTP 429')],
    ['Retry-After below the backoff', { ...first, attempts: 9, outcome: limited(1) }, retryIn(128_000, 'HTTP 429')],
    ['just below the maximum age', { ...first, outcome: failed, attempts: 9, ageMs: day - 1 }, retryIn(1)],
    ['Retry-After beyond the maximum age', { ...first, outcome: limited(2 * day) }, retryIn(day, 'HTTP 429')],
    ['at the maximum age', { ...first, outcome: failed, ageMs: day }, dead('expired', 'HTTP 503')],
    ['above the maximum age', { ...first, outcome: limited(1), ageMs: 2 * day }, dead('expired', 'HTTP 429')],
  ])('%s', (_, facts, step) => {
    expect(nextStep(facts)).toEqual(step);
  });
});

describe('channelPause', () => {
  const times = { startedMs: 1_000, endedMs: 5_000 };

  test.each<[string, ChannelOutcome, number | undefined, number]>([
    ['no rate, delivered', ok, undefined, 0],
    ['no rate, failed', failed, undefined, 0],
    ['a rate, from the start of the attempt', ok, 6, 11_000],
    ['a rate, refused', refused, 6, 11_000],
    ['Retry-After, from the end of the attempt', limited(20_000), undefined, 25_000],
    ['Retry-After before the next slot', limited(1_000), 6, 11_000],
    ['Retry-After after the next slot', limited(7_000), 6, 12_000],
    ['Retry-After of a day pauses the channel for an hour', limited(day), undefined, 5_000 + hour],
  ])('%s', (_, outcome, messagesPerMinute, pauseMs) => {
    expect(channelPause({ ...times, outcome, messagesPerMinute })).toBe(pauseMs);
  });
});

describe('decide', () => {
  const row = (id: number, created_at: number, attempts = 0) => ({ id, created_at, attempts }) as NotificationRow;
  const decisionsOf = (rows: readonly NotificationRow[], outcome: ChannelOutcome) =>
    decide({ rows, outcome, nowMs: day + 100, maxAgeMs: day, jitter: 0.5 }).map(({ rows: decided, step }) => [
      decided.map(({ id }) => id),
      step,
    ]);

  test('a group is retried together; its expired notifications are dead', () => {
    expect(decisionsOf([row(1, 200, 3), row(2, 90), row(3, 50_000), row(4, 60_000)], failed)).toEqual([
      [[1], retryIn(100)],
      [[2], dead('expired', 'HTTP 503')],
      [[3, 4], retryIn(4_000)],
    ]);
  });

  test('a delivered or refused group is one decision', () => {
    const rows = [row(1, 0), row(2, 50_000, 7)];
    expect(decisionsOf(rows, ok)).toEqual([[[1, 2], delivered]]);
    expect(decisionsOf(rows, refused)).toEqual([[[1, 2], dead('rejected', 'HTTP 400')]]);
  });
});
