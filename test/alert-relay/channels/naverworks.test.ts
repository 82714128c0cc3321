/** The access token of a NAVER WORKS bot is cached, and replaced when it ends or is revoked. The incoming webhook needs none. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { channelsType } from '../../../alert-relay/channels/index.ts';
import { messageCases } from '../../support/alert-messages.ts';
import { context } from '../../support/channel-contract.ts';
import { named } from '../../support/named.ts';
import { createServiceChannel } from '../../support/service-channel.ts';
import { type ServiceSink, startServiceSink } from '../../support/service-sink.ts';
import { services } from '../../support/services.ts';

const service = named(services, 'naverworks');
const firing = named(messageCases, 'firing');
let sink: ServiceSink;
let revoked = 0;
beforeEach(async () => {
  const answer = service.create();
  sink = await startServiceSink((request) => {
    if (revoked === 0 || request.url.pathname.startsWith('/oauth2')) return answer(request);
    revoked -= 1;
    return { status: 401, body: { code: 'UNAUTHORIZED', description: 'expired' } };
  });
});
afterEach(() => sink.stop());

const steps = () => sink.requests.map(({ url }) => (url.pathname.startsWith('/oauth2') ? 'token' : 'message'));

describe('bot', () => {
  test('a token is used for a day', async () => {
    let nowMs = 0;
    const channel = createServiceChannel(service.settings(sink.url), { now: () => nowMs });
    for (const atHours of [0, 1, 23, 24, 25]) {
      nowMs = atHours * 3_600_000;
      expect(await channel.deliver(firing, context)).toEqual({ kind: 'ok' });
    }
    expect(steps()).toEqual(['token', 'message', 'message', 'message', 'token', 'message', 'message']);
  });

  test('a revoked token is replaced once', async () => {
    const channel = createServiceChannel(service.settings(sink.url), { now: Date.now });
    await channel.deliver(firing, context);
    revoked = 1;
    expect(await channel.deliver(firing, context)).toEqual({ kind: 'ok' });
    expect(steps()).toEqual(['token', 'message', 'message', 'token', 'message']);
    revoked = 2;
    expect(await channel.deliver(firing, context)).toEqual({ kind: 'drop', reason: 'HTTP 401: UNAUTHORIZED: expired' });
  });
});

test('incoming webhook: a title, a text and a button', async () => {
  const channel = createServiceChannel(
    { type: 'naverworks', webhook_url: `${sink.url}/message/s3cret-uuid` },
    { now: Date.now },
  );
  sink.answerWith({ status: 200, body: { code: 200, description: 'success' } });
  expect(await channel.deliver(firing, context)).toEqual({ kind: 'ok' });
  expect(sink.requests[0]?.json).toEqual({
    title: '🟠 Firing: CpuUsageHigh on web-1',
    body: { text: expect.stringContaining('Value now: 91.5 %') },
    button: { label: 'Alert', url: 'https://monitor.example.com/alerts/7' },
  });
  sink.answerWith({ status: 400, body: { code: 400, description: 'missing parameter' } });
  expect(await channel.deliver(firing, context)).toEqual({ kind: 'drop', reason: 'HTTP 400: 400: missing parameter' });
});

test.each([
  ['nothing', {}, ['ops', 'webhook_url']],
  ['both', { webhook_url: 'https://x.example', bot_id: 1 }, ['ops', 'webhook_url']],
  ['a key that is none', { ...service.settings('https://x.example'), private_key: 's3cret' }, ['ops', 'private_key']],
])('settings with %s', (_name, tree, path) => {
  const parsed = channelsType.parse({ ops: { type: 'naverworks', ...tree } });
  expect('faults' in parsed && parsed.faults.map((fault) => fault.path)).toEqual([path]);
  expect(JSON.stringify(parsed)).not.toContain('s3cret');
});
