/** Slack by a bot: one message an episode or group, changed in place, with what happens to it in its thread. */

import type { Channel, ChannelOutcome, DeliveryContext } from '../../channel/channel.ts';
import { pictureNameOf } from '../../chart/picture.ts';
import { groupText, groupTitle } from '../../text/group-text.ts';
import type { GroupMessage, Message } from '../../text/message.ts';
import { messageText, titleOf, valueOf } from '../../text/text.ts';
import { createSlackApi, type SlackAnswer } from './api.ts';
import { escapeWithin, renderMessagePayload, type SlackPayload } from './blocks.ts';
import { renderGroupPayload } from './group-blocks.ts';
import type { SlackBotSettings } from './settings.ts';
import { uploadPicture } from './upload.ts';

interface SlackBotOptions {
  readonly name: string;
  readonly settings: SlackBotSettings;
  readonly now: () => number;
}

/** What is said in the thread of a message that is there already; `isLoud`: in the channel as well. */
interface Reply {
  readonly text: string;
  readonly isLoud: boolean;
}

interface Telling {
  readonly payload: SlackPayload;
  readonly title: string;
  /** The end: worth a picture, as is the beginning, and not what is between them. */
  readonly isEnd: boolean;
  readonly reply: Reply | undefined;
}

export function createSlackBotChannel({ name, settings, now }: SlackBotOptions): Channel {
  const api = createSlackApi(settings, now);
  const quiet = { unfurl_links: false, unfurl_media: false };

  /** The change comes first: tried again it does nothing twice, which a reply would. */
  async function tell(telling: Telling, context: DeliveryContext): Promise<ChannelOutcome> {
    const { payload, reply } = telling;
    const { signal, previous } = context;
    const place = previous === undefined ? undefined : tryParseReceipt(previous);
    if (place === undefined) return postNew(telling, context);
    const changed = await api.call({ method: 'chat.update', body: { ...place, ...payload }, signal });
    if (changed.kind === 'gone') return postNew(telling, context);
    if (changed.kind !== 'ok') return changed;
    const told = { kind: 'ok', receipt: `${place.channel}:${place.ts}` } as const;
    if (reply === undefined) return told;
    const body = {
      channel: place.channel,
      thread_ts: place.ts,
      text: escapeWithin(reply.text, 3_000),
      reply_broadcast: reply.isLoud,
      ...quiet,
    };
    const replied = await api.call({ method: 'chat.postMessage', body, signal });
    if (replied.kind !== 'ok' && replied.kind !== 'gone') return replied;
    return telling.isEnd ? withPicture(told, telling, context) : told;
  }

  async function postNew(telling: Telling, context: DeliveryContext): Promise<ChannelOutcome> {
    const body = { channel: settings.channel, ...telling.payload, ...quiet };
    const posted = await api.call({ method: 'chat.postMessage', body, signal: context.signal });
    return withPicture(toOutcome(posted), telling, context);
  }

  /** Into the thread, once the message is recorded as delivered. */
  function withPicture(
    outcome: ChannelOutcome,
    { title }: Telling,
    { tryPicture }: Pick<DeliveryContext, 'tryPicture'>,
  ): ChannelOutcome {
    const place = outcome.kind === 'ok' && outcome.receipt !== undefined ? tryParseReceipt(outcome.receipt) : undefined;
    if (outcome.kind !== 'ok' || place === undefined || !settings.picture || tryPicture === undefined) return outcome;
    return {
      ...outcome,
      async followUp(signal) {
        const picture = await tryPicture();
        if (picture === undefined) return undefined;
        return uploadPicture({ picture, name: pictureNameOf(title), title, ...place, signal }, { api, settings, now });
      },
    };
  }

  return {
    name,
    messagesPerMinute: settings.messagesPerMinute,
    deliver: (message, context) => tell(tellingOf(message), context),
    groups: {
      canUpdate: true,
      deliver: (group, context) => tell(tellingOfGroup(group), context),
    },
  };
}

function tellingOf(message: Message): Telling {
  const isEnd = message.status === 'resolved';
  return { payload: renderMessagePayload(message), reply: replyTo(message), title: titleOf(message), isEnd };
}

function tellingOfGroup(group: GroupMessage): Telling {
  const isEnd = group.firing === 0;
  return { payload: renderGroupPayload(group), reply: replyToGroup(group), title: groupTitle(group), isEnd };
}

/** Where a message stands: the channel's id and the message's time stamp. */
function tryParseReceipt(receipt: string): { readonly channel: string; readonly ts: string } | undefined {
  const [, channel, ts] = /^([^:]+):(.+)$/.exec(receipt) ?? [];
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}

function toOutcome(answer: SlackAnswer): ChannelOutcome {
  if (answer.kind === 'gone') return { kind: 'drop', reason: 'Slack: the message is gone' };
  if (answer.kind !== 'ok') return answer;
  const { channel, ts } = answer.body;
  if (typeof channel !== 'string' || typeof ts !== 'string') return { kind: 'ok' };
  return { kind: 'ok', receipt: `${channel}:${ts}` };
}

function replyTo(message: Message): Reply {
  const { status, lead } = messageText(message);
  if (message.status === 'resolved') return { text: lead, isLoud: false };
  const value = valueOf(message);
  return { text: `${status}${value === undefined ? '' : `: ${value} now`}.`, isLoud: false };
}

/** Who scrolled past a group's message must still hear of hosts that join it; of those that leave it, only at the end. */
function replyToGroup(group: GroupMessage): Reply | undefined {
  const { news, firing } = group;
  const { lead } = groupText(group);
  if (news.status === 'resolved') return firing === 0 ? { text: lead, isLoud: false } : undefined;
  if (news.isReminder) return { text: `Still firing: ${lead}`, isLoud: false };
  const more = news.count - news.hosts.length;
  const hosts = news.hosts.join(', ');
  return { text: `${news.count} more: ${hosts}${more > 0 ? ` and ${more} others` : ''}.`, isLoud: true };
}
