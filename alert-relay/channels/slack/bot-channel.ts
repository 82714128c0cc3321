/** Sends to Slack with a bot token: one message for each episode or group, updated in place, with news in its thread. */
import type { Channel, ChannelOutcome, DeliveryContext } from '../../channel/channel.ts';
import { pictureNameOf } from '../../chart/picture.ts';
import { groupText, groupTitle } from '../../text/group-text.ts';
import type { GroupMessage, Message } from '../../text/message.ts';
import { messageText, titleOf, valueOf } from '../../text/text.ts';
import { createSlackApi, type SlackAnswer, uploadPicture } from './api.ts';
import type { SlackBotSettings } from './settings.ts';
import { escapeWithin, renderGroupPayload, renderMessagePayload, type SlackPayload } from './webhook-channel.ts';

interface SlackBotOptions {
  readonly name: string;
  readonly settings: SlackBotSettings;
  readonly now: () => number;
}

/** A reply in a message's thread. `isLoud`: also shown in the channel. */
interface Reply {
  readonly text: string;
  readonly isLoud: boolean;
}

interface Update {
  readonly payload: SlackPayload;
  readonly title: string;
  /** Whether this is the resolution. Only the first and the last message get a picture. */
  readonly isEnd: boolean;
  readonly reply: Reply | undefined;
}

export function createSlackBotChannel({ name, settings, now }: SlackBotOptions): Channel {
  const api = createSlackApi(settings, now);
  const quiet = { unfurl_links: false, unfurl_media: false };

  /** Updates the message before it replies: an update can be repeated without effect, a reply cannot. */
  async function send(update: Update, context: DeliveryContext): Promise<ChannelOutcome> {
    const { payload, reply } = update;
    const { signal, previous } = context;
    const place = previous === undefined ? undefined : tryParseReceipt(previous);
    if (place === undefined) return postNew(update, context);
    const changed = await api.call({ method: 'chat.update', body: { ...place, ...payload }, signal });
    if (changed.kind === 'gone') return postNew(update, context);
    if (changed.kind !== 'ok') return changed;
    const sent = { kind: 'ok', receipt: `${place.channel}:${place.ts}` } as const;
    if (reply === undefined) return sent;
    const body = {
      channel: place.channel,
      thread_ts: place.ts,
      text: escapeWithin(reply.text, 3_000),
      reply_broadcast: reply.isLoud,
      ...quiet,
    };
    const replied = await api.call({ method: 'chat.postMessage', body, signal });
    if (replied.kind !== 'ok' && replied.kind !== 'gone') return replied;
    return update.isEnd ? withPicture(sent, update, context) : sent;
  }

  async function postNew(update: Update, context: DeliveryContext): Promise<ChannelOutcome> {
    const body = { channel: settings.channel, ...update.payload, ...quiet };
    const posted = await api.call({ method: 'chat.postMessage', body, signal: context.signal });
    return withPicture(toOutcome(posted), update, context);
  }

  /** Adds the upload of the picture to the thread as a follow-up. */
  function withPicture(
    outcome: ChannelOutcome,
    { title }: Update,
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
    deliver: (message, context) => send(updateOf(message), context),
    groups: {
      canUpdate: true,
      deliver: (group, context) => send(updateOfGroup(group), context),
    },
  };
}

function updateOf(message: Message): Update {
  const isEnd = message.status === 'resolved';
  return { payload: renderMessagePayload(message), reply: replyTo(message), title: titleOf(message), isEnd };
}

function updateOfGroup(group: GroupMessage): Update {
  const isEnd = group.firing === 0;
  return { payload: renderGroupPayload(group), reply: replyToGroup(group), title: groupTitle(group), isEnd };
}

/** Parses the channel id and the timestamp that identify a message. */
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

/**
 * Returns the reply in the thread of a group message, or undefined if the news needs no reply. New alerts of a group are announced
 * in the channel. Resolved alerts are announced only when the whole group is resolved.
 */
function replyToGroup(group: GroupMessage): Reply | undefined {
  const { news, firing } = group;
  const { lead } = groupText(group);
  if (news.status === 'resolved') return firing === 0 ? { text: lead, isLoud: false } : undefined;
  if (news.isReminder) return { text: `Reminder: ${lead}`, isLoud: false };
  const more = news.count - news.hosts.length;
  const hosts = news.hosts.join(', ');
  return { text: `${news.count} more: ${hosts}${more > 0 ? ` and ${more} others` : ''}.`, isLoud: true };
}
