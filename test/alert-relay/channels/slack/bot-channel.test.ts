/** The Slack channels against a server with Slack's limits and errors. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Channel } from '../../../../alert-relay/channel/channel.ts';
import { isOwnUrl } from '../../../../alert-relay/channels/slack/api.ts';
import { createSlackBotChannel } from '../../../../alert-relay/channels/slack/bot-channel.ts';
import { createSlackWebhookChannel } from '../../../../alert-relay/channels/slack/webhook-channel.ts';
import { Secret } from '../../../../common/program/settings/secret.ts';
import { groupCases, messageCases } from '../../../support/alert-messages.ts';
import { context } from '../../../support/channel-contract.ts';
import { firingMessage } from '../../../support/message.ts';
import { named } from '../../../support/named.ts';
import { type SlackSink, startSlackSink } from '../../../support/slack-sink.ts';

let sink: SlackSink;
beforeEach(async () => {
  sink = await startSlackSink();
});
afterEach(() => sink.stop());

const common = { type: 'slack' as const, timeoutMs: 5_000, messagesPerMinute: 60 };
const now = () => Date.parse('2026-03-01T12:05:00Z');

function bot(
  overrides: { readonly token?: string; readonly channel?: string; readonly picture?: boolean } = {},
): Channel {
  const { token = sink.token, channel = '#alerts', picture = true } = overrides;
  const settings = {
    ...common,
    mode: 'bot' as const,
    token: new Secret(token),
    channel,
    apiUrl: sink.apiUrl,
    picture,
  };
  return createSlackBotChannel({ name: 'ops', settings, now });
}

function webhook(url = sink.webhookUrl): Channel {
  const settings = { ...common, mode: 'webhook' as const, webhookUrl: new Secret(url) };
  return createSlackWebhookChannel({ name: 'ops', settings, now });
}

describe('incoming webhook', () => {
  test('Slack accepts every message', async () => {
    for (const message of Object.values(messageCases))
      expect(await webhook().deliver(message, context)).toEqual({ kind: 'ok' });
    for (const group of Object.values(groupCases))
      expect(await webhook().groups?.deliver(group, context)).toEqual({ kind: 'ok' });
    expect(sink.messages()).toHaveLength(Object.keys(messageCases).length + Object.keys(groupCases).length);
  });

  test('the rate limit, errors, and the responses of compatible servers', async () => {
    sink.limitTo(0);
    expect(await webhook().deliver(firingMessage, context)).toEqual({
      kind: 'retry',
      reason: 'HTTP 429: rate_limited',
      afterMs: 1_000,
    });
    expect(await webhook(`${sink.webhookUrl}x`).deliver(firingMessage, context)).toEqual({
      kind: 'drop',
      reason: 'HTTP 404: no_service',
    });
    for (const [status, body, kind] of [
      [200, '', 'ok'],
      [200, '{"success":true}', 'ok'],
      [200, '<html>', 'ok'],
      [201, 'created', 'ok'],
      [204, '', 'ok'],
      [403, 'action_prohibited', 'drop'],
      [410, 'channel_is_archived', 'drop'],
      [500, 'rollup_error', 'retry'],
      [302, '', 'drop'],
    ] as const) {
      sink.answerWith({ status, body });
      expect(await webhook().deliver(firingMessage, context)).toMatchObject({ kind });
    }
  });
});

describe('bot token', () => {
  test('one message for an episode: updated in place, reminders and the resolution in its thread', async () => {
    const first = await bot().deliver(named(messageCases, 'firing'), context);
    expect(first).toEqual({ kind: 'ok', receipt: 'C024BE91L:1772366401.000100' });
    const previous = 'C024BE91L:1772366401.000100';
    for (const name of ['reminder', 'resolved'])
      expect(await bot().deliver(named(messageCases, name), { ...context, previous })).toEqual({
        kind: 'ok',
        receipt: previous,
      });
    const [root, ...replies] = sink.messages();
    expect(root).toMatchObject({ edits: 2, text: expect.stringMatching(/^✅ Resolved: CpuUsageHigh on web-1/) });
    expect(replies.map(({ threadTs, text, isLoud }) => [threadTs, text, isLoud])).toEqual([
      [root?.ts, 'Still firing: 93.3 % now.', false],
      [root?.ts, 'Resolved after 34 min 15 s: 12.3 % at its end.', false],
    ]);
  });

  test('a deleted message is posted again', async () => {
    await bot().deliver(named(messageCases, 'firing'), context);
    const [message] = sink.messages();
    sink.remove(message?.ts ?? '');
    const previous = `C024BE91L:${message?.ts}`;
    const outcome = await bot().deliver(named(messageCases, 'resolved'), { ...context, previous });
    expect(outcome).toEqual({ kind: 'ok', receipt: 'C024BE91L:1772366402.000100' });
    expect(sink.messages().map(({ threadTs }) => threadTs)).toEqual([undefined]);
  });

  test('a group: new hosts are announced in the channel, resolved ones only at the end', async () => {
    const group = named(groupCases, 'group-firing');
    await bot().groups?.deliver(group, context);
    const next = { ...context, previous: `C024BE91L:${sink.messages()[0]?.ts}` };
    const news = { ...group.news, count: 3, hosts: ['a', 'b'] };
    await bot().groups?.deliver({ ...group, firing: 43, news }, next);
    await bot().groups?.deliver({ ...named(groupCases, 'group-partly'), news: { ...news, status: 'resolved' } }, next);
    await bot().groups?.deliver({ ...group, news: { ...news, isReminder: true } }, next);
    await bot().groups?.deliver(named(groupCases, 'group-resolved'), next);
    const [root, ...replies] = sink.messages();
    expect(root?.edits).toBe(4);
    expect(replies.map(({ text, isLoud }) => [text, isLoud])).toEqual([
      ['3 more: a, b and 1 others.', true],
      ['Reminder: 40 alerts are firing.', false],
      ['All 40 alerts are resolved after 30 min.', false],
    ]);
  });

  test('an error with HTTP 200', async () => {
    for (const [error, kind] of [
      ['channel_not_found', 'drop'],
      ['not_in_channel', 'drop'],
      ['invalid_blocks', 'drop'],
      ['token_revoked', 'drop'],
      ['internal_error', 'retry'],
      ['ratelimited', 'retry'],
    ] as const) {
      sink.answerWith({ status: 200, body: JSON.stringify({ ok: false, error }) });
      expect(await bot().deliver(firingMessage, context)).toEqual({ kind, reason: `Slack: ${error}` });
    }
    for (const body of ['', 'ok', 'null', '{}', JSON.stringify({ ok: false, error: `no ${sink.token}` })]) {
      sink.answerWith({ status: 200, body });
      expect(await bot().deliver(firingMessage, context)).toMatchObject({
        kind: 'retry',
        reason: expect.stringMatching(/^HTTP 200 without (?:JSON|ok or an error)$/),
      });
    }
    sink.answerWith(undefined);
    expect(await bot({ token: 'xoxb-other' }).deliver(firingMessage, context)).toMatchObject({
      reason: 'Slack: invalid_auth',
    });
    expect(await bot({ channel: '#none' }).deliver(firingMessage, context)).toMatchObject({
      reason: 'Slack: channel_not_found',
    });
    sink.limitTo(0);
    expect(await bot().deliver(firingMessage, context)).toEqual({ kind: 'retry', reason: 'HTTP 429', afterMs: 1_000 });
  });
});

describe('pictures', () => {
  const picture = { png: Buffer.from('of a hundred bytes, say'), alt: 'The last hour. '.repeat(100) };
  const withPicture = { ...context, tryPicture: () => Promise.resolve(picture) };
  const signal = new AbortController().signal;

  async function deliver(channel: Channel, message = firingMessage, previous?: string): Promise<string | undefined> {
    const outcome = await channel.deliver(message, { ...withPicture, previous });
    if (outcome.kind !== 'ok' || outcome.followUp === undefined) throw new Error(JSON.stringify(outcome));
    expect(sink.messages().length).toBeGreaterThan(0); // before the picture
    return outcome.followUp(signal);
  }

  test('the thread gets a picture with the firing and with the resolution', async () => {
    expect(await deliver(bot())).toBeUndefined();
    const [root] = sink.messages();
    const previous = `C024BE91L:${root?.ts}`;
    const reminder = await bot().deliver(named(messageCases, 'reminder'), { ...withPicture, previous });
    expect(reminder).toEqual({ kind: 'ok', receipt: previous });
    expect(await deliver(bot(), named(messageCases, 'resolved'), previous)).toBeUndefined();
    const file = {
      threadTs: root?.ts,
      title: 'CpuUsageHigh on web-1',
      name: 'CpuUsageHigh-on-web-1.png',
      alt: picture.alt.slice(0, 1_000),
      content: picture.png,
    };
    expect(sink.files()).toEqual([file, file]);
  });

  test('a group: with the first message, and when all alerts are resolved', async () => {
    const groups = bot().groups;
    const first = await groups?.deliver(named(groupCases, 'group-firing'), withPicture);
    const previous = `C024BE91L:${sink.messages()[0]?.ts}`;
    const partly = await groups?.deliver(named(groupCases, 'group-partly'), { ...withPicture, previous });
    const last = await groups?.deliver(named(groupCases, 'group-resolved'), { ...withPicture, previous });
    const added = [first, partly, last].map((outcome) => outcome?.kind === 'ok' && outcome.followUp !== undefined);
    expect(added).toEqual([true, false, true]);
  });

  test('no upload if pictures are off or there is none', async () => {
    expect(await bot({ picture: false }).deliver(firingMessage, withPicture)).not.toHaveProperty('followUp');
    expect(await webhook().deliver(firingMessage, withPicture)).not.toHaveProperty('followUp');
    const outcome = await bot().deliver(firingMessage, { ...context, tryPicture: () => Promise.resolve(undefined) });
    expect(outcome.kind === 'ok' && (await outcome.followUp?.(signal))).toBeUndefined();
    expect(sink.files()).toEqual([]);
  });

  test('a refused upload is explained without secrets, and the message stays delivered', async () => {
    sink.grant(['chat:write']);
    expect(await deliver(bot())).toBe(
      'Slack: missing_scope (give the bot the scope files:write and install it again, or set picture: false)',
    );
    sink.grant(['chat:write', 'files:write']);
    const outcome = await bot().deliver(firingMessage, withPicture);
    const followUp = outcome.kind === 'ok' ? outcome.followUp : undefined;
    for (const [answer, reason] of [
      [{ status: 429, headers: { 'Retry-After': '1' }, body: '' }, 'HTTP 429'],
      [{ status: 200, body: '{"ok":false,"error":"file_uploads_disabled"}' }, 'Slack: file_uploads_disabled'],
      [{ status: 200, body: '{"ok":true}' }, 'Slack returned no upload URL on its own host'],
      [
        { status: 200, body: '{"ok":true,"file_id":"F1","upload_url":"http://169.254.169.254/"}' },
        'Slack returned no upload URL on its own host',
      ],
    ] as const) {
      sink.answerWith(answer);
      expect(await followUp?.(signal)).toBe(reason);
    }
    sink.remove(sink.messages()[1]?.ts ?? '');
    sink.answerWith(undefined);
    expect(await followUp?.(signal)).toBe('Slack: the message is gone');
    expect(sink.files()).toEqual([]);
  });

  test.each([
    ['https://files.slack.com/upload/v1/x', 'https://slack.com/api', true],
    ['https://slack.com/upload', 'https://slack.com/api', true],
    ['https://files.slack-gov.com/x', 'https://slack-gov.com/api', true],
    ['http://files.slack.com/x', 'https://slack.com/api', false],
    ['https://files.slack.com.evil.example/x', 'https://slack.com/api', false],
    ['https://evilslack.com/x', 'https://slack.com/api', false],
    ['https://files.slack.com:8443/x', 'https://slack.com/api', false],
    ['file:///etc/passwd', 'https://slack.com/api', false],
    ['', 'https://slack.com/api', false],
  ])('%s is Slack’s own at %s: %s', (url, api, isOwn) => expect(isOwnUrl(url, api)).toBe(isOwn));
});
