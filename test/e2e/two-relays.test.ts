/** Two relay processes on one real PostgreSQL: every message is sent once, whichever relay accepts it and whichever dies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAlertmanager, type TestAlertmanager } from '../support/alertmanager.ts';
import { runCrashes } from '../support/crash-scenario.ts';
import { eventually } from '../support/eventually.ts';
import { createPostgres, postgresPassword, type TestPostgres } from '../support/postgres.ts';
import { freePort } from '../support/process.ts';
import { createTestRelay, type TestRelay } from '../support/relay.ts';
import { type SlackSink, startSlackSink } from '../support/slack-sink.ts';
import { type TestAlert, webhookPayloadOf } from '../support/webhook-payload.ts';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await createPostgres();
  await postgres.start();
});
afterAll(() => postgres?.remove());

test('five kills while 100 alerts pass to two channels that fail at random', async () => {
  const kills = 5;
  const databaseUrl = await postgres.createDatabase('crashes');
  const { duplicates, failures, lostAnswers, delivered } = await runCrashes({
    alerts: 100,
    kills,
    seed: 20_260_301,
    databaseUrl,
  });
  expect(failures).toBeGreaterThan(50);
  expect(lostAnswers).toBeGreaterThan(0);
  // A kill can hit one message in flight on each of the two channels after the receiver accepted it.
  expect(duplicates).toBeLessThanOrEqual(2 * kills + lostAnswers);
  expect(delivered).toHaveLength(2);
  for (const messages of delivered) expect(messages).toBeGreaterThan(0);
});

describe('two relays', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-two-relays-'));
  let [sink, slack]: [WebhookSink?, SlackSink?] = [];
  let relays: TestRelay[] = [];
  let made = 0;

  beforeEach(async () => {
    [sink, slack] = [await startWebhookSink(), await startSlackSink()];
    made += 1;
    const url = await postgres.createDatabase(`relays_${made}`);
    const channels = {
      hook: { type: 'webhook', url: sink.url, timeout: '2m' },
      chat: {
        type: 'slack',
        token: slack.token,
        channel: '#alerts',
        api_url: slack.apiUrl,
        messages_per_minute: 6_000,
      },
    };
    relays = [];
    for (const name of ['one', 'two'])
      relays.push(
        createTestRelay({
          port: await freePort(),
          folder: join(folder, `${made}-${name}`),
          config: { database: { url }, web: { drain_delay: '0s' }, channels },
        }),
      );
    await Promise.all(relays.map((relay) => relay.start()));
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop('SIGKILL')));
    await sink?.stop();
    await slack?.stop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const post = async (relay: TestRelay | undefined, alert: TestAlert): Promise<number> => {
    const response = await fetch(`${relay?.url}/webhook`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(webhookPayloadOf([alert])),
    });
    return response.status;
  };
  const told = () => (sink?.received ?? []).map(({ body }) => `${String(body['status'])} ${String(body['alert'])}`);
  const untilTold = (count: number) =>
    eventually({ what: `${count} messages`, limitMs: 60_000, pollMs: 25 }, () =>
      told().length >= count && (slack?.messages().length ?? 0) >= count ? true : undefined,
    );
  /** Waits until each relay has answered `count` webhooks with 200. */
  async function untilTaken(count: number): Promise<void> {
    for (const { url } of relays)
      await eventually({ what: `${count} webhooks taken`, limitMs: 60_000, pollMs: 50 }, async () => {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        return metrics.includes(`hostpulse_relay_webhooks_total{code="200"} ${count}\n`) ? true : undefined;
      });
  }

  const startsAtMs = Date.parse('2026-03-01T12:00:00Z');
  const firing = { name: 'A', startsAtMs };
  const resolved = { ...firing, status: 'resolved' as const, endsAtMs: startsAtMs + 60_000 };

  test('one is killed while it sends: the other sends its message and continues the thread', async () => {
    const [one, two] = relays;
    await two?.stop('SIGTERM');
    sink?.hang();
    expect(await post(one, firing)).toBe(200);
    await eventually({ what: 'the message in flight', limitMs: 60_000, pollMs: 10 }, () =>
      sink?.hanging() === 1 && slack?.messages().length === 1 ? true : undefined,
    );
    await two?.start();
    expect(await post(two, firing)).toBe(200);
    expect(sink?.hanging()).toBe(1);
    sink?.answerWith(200);
    await one?.stop('SIGKILL');
    await untilTold(1);
    await eventually({ what: 'the other says so', limitMs: 60_000, pollMs: 25 }, () =>
      /channel=hook .*msg=delivered/.test(two?.output() ?? '') ? true : undefined,
    );
    expect(await post(two, resolved)).toBe(200);
    await untilTold(2);
    expect(told()).toEqual(['firing A', 'resolved A']);
    const [first, reply, ...more] = slack?.messages() ?? [];
    expect(first).toMatchObject({ threadTs: undefined, edits: 1 });
    expect(reply?.threadTs).toBe(first?.ts);
    expect(more).toEqual([]);
  });

  test('one is suspended while it sends: the other takes over when the lease ends, and the first records nothing', async () => {
    const [one, two] = relays;
    await two?.stop('SIGTERM');
    sink?.hang();
    expect(await post(one, firing)).toBe(200);
    await eventually({ what: 'the message in flight', limitMs: 60_000, pollMs: 10 }, () =>
      sink?.hanging() === 1 && slack?.messages().length === 1 ? true : undefined,
    );
    process.kill(one?.pid() ?? 0, 'SIGSTOP');
    sink?.answerWith(200);
    await two?.start();
    await untilTold(1);
    expect(await post(two, resolved)).toBe(200);
    await untilTold(2);
    process.kill(one?.pid() ?? 0, 'SIGCONT');
    await eventually({ what: 'it learns of the other', limitMs: 60_000, pollMs: 25 }, () =>
      /channel=hook .*another relay took over/.test(one?.output() ?? '') ? true : undefined,
    );
    expect(told()).toEqual(['firing A', 'resolved A']);
    expect(sink?.hanging()).toBe(0);
    const metrics = await (await fetch(`${one?.url}/metrics`)).text();
    for (const outcome of ['ok', 'retry', 'drop'])
      expect(metrics).toContain(`hostpulse_relay_deliveries_total{channel="hook",outcome="${outcome}"} 0\n`);
  });

  test('two separate Alertmanagers with both relays: four webhooks of each status, one message', async () => {
    const group = {
      receiver: 'both',
      group_by: ['...'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '1h',
    };
    const webhooks = relays.map(({ url }) => ({ url: `${url}/webhook`, send_resolved: true }));
    const config = { route: group, receivers: [{ name: 'both', webhook_configs: webhooks }] };
    const alertmanagers: TestAlertmanager[] = [];
    try {
      for (const name of ['first', 'second'])
        alertmanagers.push(createAlertmanager({ port: await freePort(), folder: join(folder, name), config }));
      await Promise.all(alertmanagers.map((each) => each.start()));
      const announce = (more: Record<string, string>) =>
        Promise.all(
          alertmanagers.map(async ({ url }) => {
            const response = await fetch(`${url}/api/v2/alerts`, {
              method: 'POST',
              headers: { 'Content-Type': 'application/json' },
              body: JSON.stringify([
                { labels: { alertname: 'CpuHigh', instance: 'web-1', severity: 'warning' }, startsAt, ...more },
              ]),
            });
            expect(response.status).toBe(200);
          }),
        );
      const startsAt = new Date().toISOString();
      await announce({});
      await untilTaken(2);
      await untilTold(1);
      await announce({ endsAt: new Date().toISOString() });
      await untilTaken(4);
      await untilTold(2);
      expect(told()).toEqual(['firing CpuHigh', 'resolved CpuHigh']);
      expect(slack?.messages().map(({ threadTs }) => threadTs === undefined)).toEqual([true, false]);
    } finally {
      await Promise.all(alertmanagers.map((each) => each.stop('SIGKILL')));
    }
  });

  test('while the database is down, webhooks are answered 500; both relays continue when it is back', async () => {
    const [one, two] = relays;
    await postgres.stop('SIGINT');
    try {
      expect([await post(one, firing), await post(two, firing)]).toEqual([500, 500]);
    } finally {
      await postgres.start();
    }
    for (const relay of relays)
      await eventually({ what: 'the webhook is taken', limitMs: 60_000, pollMs: 50 }, async () =>
        (await post(relay, firing)) === 200 ? true : undefined,
      );
    expect(await post(two, resolved)).toBe(200);
    await untilTold(2);
    expect(told()).toEqual(['firing A', 'resolved A']);
    for (const relay of relays) expect(relay.output()).not.toContain(postgresPassword);
  });
});
