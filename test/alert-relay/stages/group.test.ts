/** Groups of alerts: one message if the channel supports it, in order within each episode, none lost. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Channel } from '../../../alert-relay/channel/channel.ts';
import { createSlackBotChannel } from '../../../alert-relay/channels/slack/bot-channel.ts';
import { createSlackWebhookChannel } from '../../../alert-relay/channels/slack/webhook-channel.ts';
import type { GroupMessage } from '../../../alert-relay/text/message.ts';
import { Secret } from '../../../common/program/settings/secret.ts';
import { databases, useDatabase } from '../../support/databases.ts';
import { notificationsOf } from '../../support/notifications.ts';
import { type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';
import { type SlackSink, startSlackSink } from '../../support/slack-sink.ts';
import type { TestAlert } from '../../support/webhook-payload.ts';

describe.each(databases)('on %s', (name) => {
  const database = useDatabase(name);
  let harness: PipelineHarness;
  let slack: SlackSink;
  afterEach(async () => {
    await slack.stop();
    await harness.stop();
  });

  async function start(mode: 'bot' | 'webhook'): Promise<void> {
    slack = await startSlackSink();
    const now = () => harness.now();
    const common = { type: 'slack' as const, timeoutMs: 5_000, messagesPerMinute: Number.POSITIVE_INFINITY };
    const channel =
      mode === 'bot'
        ? createSlackBotChannel({
            name: 'slack',
            settings: {
              ...common,
              mode,
              token: new Secret(slack.token),
              channel: '#alerts',
              apiUrl: slack.apiUrl,
              picture: true,
            },
            now,
          })
        : createSlackWebhookChannel({
            name: 'slack',
            settings: { ...common, mode, webhookUrl: new Secret(slack.webhookUrl) },
            now,
          });
    harness = await startPipeline({ location: await database.create(), channels: ['ops'], extraChannels: [channel] });
  }

  /** `name` is the fingerprint; the alert name is the same for all. */
  const down = (from: number, to: number, rest: Partial<TestAlert> = {}): TestAlert[] =>
    Array.from({ length: to - from + 1 }, (_, at) => ({
      name: `node-${from + at}`,
      startsAtMs: harness.at(0),
      labels: { alertname: 'HostDown', instance: `node-${from + at}`, severity: 'critical' },
      ...rest,
    }));

  const ended = (seconds: number) => ({ status: 'resolved' as const, endsAtMs: harness.at(seconds) });
  const texts = () => slack.messages().map(({ text }) => text);

  describe('a channel that can update messages', () => {
    test('five alerts are five messages, each with its own resolution', async () => {
      await start('bot');
      await harness.post(down(1, 5));
      await harness.settled();
      expect(slack.messages()).toHaveLength(5);
      harness.setTime(60);
      await harness.post(down(1, 5, ended(60)));
      await harness.settled();
      const roots = slack.messages().filter(({ threadTs }) => threadTs === undefined);
      expect(roots.map(({ text }) => text.slice(0, 25))).toEqual(
        [1, 2, 3, 4, 5].map((at) => `✅ Resolved: HostDown on node-${at}`.slice(0, 25)),
      );
      expect(slack.messages()).toHaveLength(10);
    });

    test('forty alerts are one message until all are resolved', async () => {
      await start('bot');
      await harness.post(down(1, 40));
      await harness.settled();
      expect(texts()).toEqual(['🔴 Firing: HostDown on 40 hosts. 40 alerts are firing.']);
      harness.setTime(10);
      await harness.post(down(1, 42)); // the group as Alertmanager sends it when two join
      await harness.settled();
      expect(texts()).toEqual(['🔴 Firing: HostDown on 42 hosts. 42 alerts are firing.', '2 more: node-41, node-42.']);
      harness.setTime(60);
      await harness.post(down(1, 41, ended(60)));
      await harness.settled();
      expect(texts()[0]).toBe('🔴 Firing: HostDown on 42 hosts. 1 of 42 alerts are firing.');
      expect(slack.messages()).toHaveLength(2);
      await harness.post(down(42, 42, ended(60)));
      await harness.settled();
      expect(texts()[0]).toBe('✅ Resolved: HostDown on 42 hosts. All 42 alerts are resolved after 1 min.');
      expect(texts().at(-1)).toBe('All 42 alerts are resolved after 1 min.');
      harness.setTime(600);
      await harness.post(down(1, 1, { startsAtMs: harness.at(590) }));
      await harness.settled();
      expect(texts().at(-1)).toMatch(/Firing: HostDown on node-1\./);
      expect(harness.told('ops')).toHaveLength(42 + 42 + 1); // who wants each by itself gets each
    });

    test('a failed group is retried as a whole, and every notification is settled', async () => {
      await start('bot');
      slack.answerWith({ status: 500, body: '' });
      await harness.post(down(1, 10));
      await harness.settled('ops');
      await harness.attempted(1, 'slack');
      slack.answerWith(undefined);
      harness.setTime(2);
      await harness.post(down(11, 11));
      await harness.settled();
      expect(slack.messages().filter(({ threadTs }) => threadTs === undefined)).toHaveLength(1);
      expect(texts()[0]).toMatch(/HostDown on 11 hosts/);
      const rows = (await notificationsOf(harness.store.db, 3)).filter(({ channel }) => channel === 'slack');
      expect(rows).toMatchObject([{ state: 'delivered', attempts: 2, receipt: expect.stringMatching(/^C024BE91L:/) }]);
    });

    test('another alert name or severity is another message', async () => {
      await start('bot');
      const other = { labels: { alertname: 'DiskFull', instance: 'x', severity: 'critical' } };
      await harness.post([...down(1, 6), { name: 'd', startsAtMs: harness.at(0), ...other }]);
      await harness.settled();
      expect(
        texts()
          .map((text) => text.slice(0, 24))
          .sort(),
      ).toEqual(['🔴 Firing: DiskFull on x.', '🔴 Firing: HostDown on 6 '].map((text) => text.slice(0, 24)));
    });
  });

  describe('a channel that cannot update messages', () => {
    test('alerts that arrive together are one message, firing and resolved', async () => {
      await start('webhook');
      await harness.post(down(1, 40));
      await harness.settled();
      harness.setTime(60);
      await harness.post(down(1, 30, ended(60)));
      await harness.settled();
      await harness.post(down(31, 33, ended(60)));
      await harness.settled();
      expect(texts().map((text) => text.split('.')[0])).toEqual([
        '🔴 Firing: HostDown on 40 hosts',
        '✅ Resolved: HostDown on 30 hosts',
        '✅ Resolved: HostDown on node-31',
        '✅ Resolved: HostDown on node-32',
        '✅ Resolved: HostDown on node-33',
      ]);
    });
  });
});

describe('a rendered group', () => {
  let harness: PipelineHarness;
  afterEach(() => harness.stop());

  test('the silence matches alert name and severity on all hosts', async () => {
    const groups: GroupMessage[] = [];
    const channel: Channel = {
      name: 'chat',
      messagesPerMinute: undefined,
      deliver: () => Promise.resolve({ kind: 'drop', reason: 'expected a group' }),
      groups: {
        canUpdate: false,
        deliver(group) {
          groups.push(group);
          return Promise.resolve({ kind: 'ok' });
        },
      },
    };
    harness = await startPipeline({ channels: [], extraChannels: [channel], publicUrl: 'https://monitor.example' });
    const annotations = { expr: 'up', runbook_url: 'https://wiki.example/down' };
    const alerts = Array.from({ length: 6 }, (_, at) => ({
      name: `node-${at}`,
      startsAtMs: harness.at(0),
      labels: { alertname: 'HostDown', instance: `node-${at}`, severity: 'critical' },
      annotations,
    }));
    await harness.post(alerts);
    await harness.settled();
    expect(groups).toHaveLength(1);
    const { graph, alert, silence, runbook } = groups[0]?.links ?? {};
    expect([alert, runbook]).toEqual([undefined, 'https://wiki.example/down']);
    expect(graph).toMatch(/^https:\/\/monitor\.example\/.*graph\?expr=up&start=2026-03-01T11%3A30%3A00\.000Z$/);
    expect(silence).toMatch(/^https:\/\/monitor\.example\/.*silences\/new\?filter=/);
    const filter = decodeURIComponent(silence?.replace(/^.*filter=/, '') ?? '');
    expect(filter).toBe('{alertname="HostDown",severity="critical"}');
  });
});
