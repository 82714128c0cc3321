/** Acknowledgements on their way through the pipeline: which channel gets which report, and which messages are not repeated. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createChannel } from '../../alert-relay/channels/index.ts';
import { Secret } from '../../common/program/settings/secret.ts';
import { verifyAckLink } from '../../common/store/ack-links.ts';
import { acknowledge, withdrawAcknowledgement } from '../../common/store/acknowledgements.ts';
import { openEpisodes } from '../../common/store/relay-records.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { eventually } from '../support/eventually.ts';
import { type HarnessOptions, type PipelineHarness, startPipeline } from '../support/pipeline-harness.ts';
import { type SlackSink, startSlackSink } from '../support/slack-sink.ts';

const publicUrl = 'https://monitor.example.com';

describe.each(databases)('acknowledgements on %s', (name) => {
  const database = useDatabase(name);
  let harness: PipelineHarness;
  let slack: SlackSink | undefined;
  afterEach(async () => {
    await harness.stop();
    await slack?.stop();
    slack = undefined;
  });

  async function start(options: HarnessOptions = {}): Promise<void> {
    harness = await startPipeline({ location: await database.create(), publicUrl, ...options });
  }

  async function startWithSlack(): Promise<SlackSink> {
    slack = await startSlackSink();
    slack.limitTo(1_000);
    const { apiUrl } = slack;
    const token = new Secret(slack.token);
    const chat = createChannel({
      name: 'chat',
      settings: {
        type: 'slack',
        mode: 'bot',
        apiUrl,
        token,
        channel: '#alerts',
        picture: false,
        timeoutMs: 5_000,
        messagesPerMinute: 6_000,
      },
      now: () => harness.now(),
    });
    await start({ channels: [], extraChannels: [chat] });
    return slack;
  }

  const firing = (...names: readonly string[]) =>
    names.map((alert) => ({ name: alert, startsAtMs: harness.at(0), labels: { severity: 'warning' } }));
  const resolved = (...names: readonly string[]) =>
    firing(...names).map((each) => ({ ...each, status: 'resolved' as const, endsAtMs: harness.now() }));
  const post = async (seconds: number, alerts: ReturnType<typeof firing>): Promise<void> => {
    harness.setTime(seconds);
    await harness.post(alerts);
    await harness.settled();
  };
  const ids = async () => (await openEpisodes(harness.store.db)).map(({ id }) => id);
  /** Advances the clock by a second: the rate of a channel spaces its messages. */
  const ackAll = async (by: string, note?: string): Promise<void> => {
    harness.setTime((harness.now() - harness.at(0)) / 1_000 + 1);
    await acknowledge(harness.store.db, { episodeIds: await ids(), by, note, nowMs: harness.now() });
    await harness.settled();
  };
  /** Returns the messages of the webhook: status, news, and who has the alert. */
  const news = (channel = 'ops') =>
    harness.sinks[channel]?.received.map(({ body }) => {
      const holder = body['acknowledgement'] as { by: string } | null;
      return [String(body['status']), String(body['news']), ...(holder === null ? [] : [holder.by])].join(' ');
    });

  test('each channel gets one report of who has it, reminders stop, and the end names who had it', async () => {
    await start({ channels: ['ops', 'desk'] });
    await post(0, firing('A'));
    await ackAll('Ana', 'on it');
    for (const seconds of [301, 602, 14_400]) await post(seconds, firing('A'));
    await post(14_500, resolved('A'));
    for (const channel of ['ops', 'desk'])
      expect(news(channel)).toEqual(['firing alert', 'firing acknowledged Ana', 'resolved alert Ana']);
    await post(
      14_600,
      firing('A').map((each) => ({ ...each, startsAtMs: harness.at(14_590) })),
    );
    expect(news()?.at(-1)).toBe('firing alert');
  });

  test('a withdrawal is reported, and reminders continue', async () => {
    await start();
    await post(0, firing('A'));
    await ackAll('Ana');
    await withdrawAcknowledgement(harness.store.db, { episodeIds: await ids(), by: 'Bo', note: undefined, nowMs: 1 });
    await harness.settled();
    await post(301, firing('A'));
    expect(news()).toEqual([
      'firing alert',
      'firing acknowledged Ana',
      'firing acknowledgement_withdrawn',
      'firing alert',
    ]);
  });

  test('only the acknowledged alert of a group has no reminders', async () => {
    await start();
    await post(0, firing('A', 'B'));
    harness.told();
    const [first = 0] = await ids();
    await acknowledge(harness.store.db, { episodeIds: [first], by: 'Ana', note: undefined, nowMs: harness.now() });
    await harness.settled();
    expect(harness.told()).toEqual(['firing A (reminder)']);
    await post(301, firing('A', 'B'));
    expect(harness.told()).toEqual(['firing B (reminder)']);
  });

  test('two relays on one database: one report', async () => {
    if (name === 'SQLite') return start(); // one relay uses a SQLite file
    await start({ relays: 2 });
    await post(0, firing('A'));
    await ackAll('Ana');
    await post(301, firing('A'));
    await post(400, resolved('A'));
    expect(news()).toEqual(['firing alert', 'firing acknowledged Ana', 'resolved alert Ana']);
  });

  test('a channel that did not get the firing gets no acknowledgement', async () => {
    await start();
    harness.sinks['ops']?.answerWith(400);
    await post(0, firing('A'));
    harness.sinks['ops']?.answerWith(200);
    await ackAll('Ana');
    expect(news()).toEqual([]);
  });

  test('the link of a message is valid for its alert while it fires, and absent afterwards', async () => {
    await start();
    await post(0, firing('A'));
    await post(60, resolved('A'));
    const [first, last] = harness.sinks['ops']?.received ?? [];
    const link = (first?.body['links'] as Record<string, string | null> | undefined)?.['acknowledge'] ?? '';
    expect(link).toMatch(/^https:\/\/monitor\.example\.com\/ack\?alert=\d+&until=\d+&key=[\w-]{43}$/);
    const found = await verifyAckLink(harness.store.db, new URL(link).searchParams, harness.now());
    expect(found).toMatchObject({ kind: 'valid', scope: 'alert', episode: { alertname: 'A' } });
    expect(last?.body['links']).toMatchObject({ acknowledge: null });
  });

  test("Slack's message is updated in place, with a reply in its thread", async () => {
    const sink = await startWithSlack();
    await post(0, firing('A'));
    await ackAll('Ana', 'on it');
    const [message, reply, ...more] = sink.messages();
    expect(message).toMatchObject({ edits: 1, text: expect.stringContaining('Acknowledged: A') });
    expect(JSON.stringify(message?.blocks)).toContain('*Acknowledged by*\\nAna (on it)');
    expect(reply).toMatchObject({ threadTs: message?.ts, text: 'Acknowledged by Ana: on it.' });
    expect(more).toEqual([]);
    await post(100, resolved('A'));
    expect(JSON.stringify(sink.messages()[0]?.blocks)).toContain('Ana (on it)');
  });

  test("Slack's group message: one update and one reply for all alerts", async () => {
    const sink = await startWithSlack();
    harness.setTime(0);
    const hosts = Array.from({ length: 7 }, (_, at) => ({
      name: `Down-${at}`,
      startsAtMs: harness.at(0),
      labels: { alertname: 'Down', severity: 'critical', instance: `web-${at}` },
    }));
    await harness.post(hosts);
    await harness.settled();
    const before = sink.messages();
    expect(before).toHaveLength(1);
    await ackAll('Ana');
    await eventually({ what: 'the reply', limitMs: 10_000, pollMs: 10 }, () => sink.messages()[1]);
    const [message, reply, ...more] = sink.messages();
    expect(message?.text).toContain('Acknowledged: Down on 7 hosts');
    expect(reply?.text).toBe('7 alerts: acknowledged by Ana.');
    expect(more).toEqual([]);
  });
});
