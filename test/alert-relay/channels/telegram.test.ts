/** A Telegram group that becomes a supergroup gets another id, which the channel follows. */
import { afterEach, expect, test } from '@jest/globals';
import type { Channel } from '../../../alert-relay/channel/channel.ts';
import { messageCases } from '../../support/alert-messages.ts';
import { context } from '../../support/channel-contract.ts';
import { named } from '../../support/named.ts';
import { createServiceChannel } from '../../support/service-channel.ts';
import { type ServiceSink, startServiceSink } from '../../support/service-sink.ts';

let sink: ServiceSink;
afterEach(() => sink.stop());

/** A chat that has moved from -5 to -1005. */
async function startMovedChat(): Promise<Channel> {
  let last = 0;
  sink = await startServiceSink(({ json }) => {
    const { chat_id: chat } = json as { chat_id: string };
    if (chat === '-1005')
      return { status: 200, body: { ok: true, result: { message_id: (last += 1), chat: { id: -1005 } } } };
    const description = 'Bad Request: group chat was upgraded to a supergroup chat';
    return { status: 400, body: { ok: false, description, parameters: { migrate_to_chat_id: -1005 } } };
  });
  return createServiceChannel({ type: 'telegram', token: '1:a', chat_id: -5, api_url: sink.url }, { now: Date.now });
}

const chats = () =>
  sink.requests.map(({ url, json }) => [url.pathname.split('/').at(-1), (json as { chat_id: string }).chat_id]);

test('the first message is sent to the new id in the same attempt, and later ones at once', async () => {
  const channel = await startMovedChat();
  const firing = named(messageCases, 'firing');
  expect(await channel.deliver(firing, context)).toEqual({ kind: 'ok', receipt: '-1005:1' });
  expect(await channel.deliver(firing, context)).toEqual({ kind: 'ok', receipt: '-1005:2' });
  expect(chats()).toEqual([
    ['sendMessage', '-5'],
    ['sendMessage', '-1005'],
    ['sendMessage', '-1005'],
  ]);
});

test('a message in the old chat cannot be changed: the resolution is a new message', async () => {
  const channel = await startMovedChat();
  const outcome = await channel.deliver(named(messageCases, 'resolved'), { ...context, previous: '-5:7' });
  expect(outcome).toEqual({ kind: 'ok', receipt: '-1005:1' });
  expect(chats()).toEqual([
    ['editMessageText', '-5'],
    ['sendMessage', '-1005'],
  ]);
});

test('a change without effect is a success', async () => {
  const channel = await startMovedChat();
  sink.answerWith({
    status: 400,
    body: { ok: false, description: 'Bad Request: message is not modified: specified new message content' },
  });
  const group = { ...context, previous: '-5:7' };
  expect(await channel.deliver(named(messageCases, 'resolved'), group)).toEqual({ kind: 'ok', receipt: '-5:7' });
});
