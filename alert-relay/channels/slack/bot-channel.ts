/** Slack by a bot: one message an episode or group, changed in place, with what happens to it in its thread. */
import type { GroupMessage, Message } from '../../message.ts';
import { wordGroup } from '../../wording/group-wording.ts';
import { valueOf, wordMessage } from '../../wording/wording.ts';
import type { Channel, ChannelOutcome, DeliveryContext } from '../channel.ts';
import { createSlackApi, type SlackAnswer } from './api.ts';
import { renderMessagePayload, type SlackPayload } from './blocks.ts';
import { renderGroupPayload } from './group-blocks.ts';
import { escapeWithin } from './mrkdwn.ts';
import type { SlackBotSettings } from './settings.ts';

interface SlackBotOptions {
  readonly name: string;
  readonly settings: SlackBotSettings;
  readonly clock: () => number;
}

/** What is said in the thread of a message that is there already; `isLoud`: in the channel as well. */
interface Reply {
  readonly text: string;
  readonly isLoud: boolean;
}

interface Telling {
  readonly payload: SlackPayload;
  readonly reply: Reply | undefined;
}

export function createSlackBotChannel({ name, settings, clock }: SlackBotOptions): Channel {
  const api = createSlackApi(settings, clock);
  const quiet = { unfurl_links: false, unfurl_media: false };

  /** The change comes first: tried again it does nothing twice, which a reply would. */
  async function tell({ payload, reply }: Telling, { signal, previous }: DeliveryContext): Promise<ChannelOutcome> {
    const place = previous === undefined ? undefined : tryParseReceipt(previous);
    if (place === undefined) return postNew(payload, signal);
    const changed = await api.call({ method: 'chat.update', body: { ...place, ...payload }, signal });
    if (changed.kind === 'gone') return postNew(payload, signal);
    if (changed.kind !== 'ok') return changed;
    const receipt = `${place.channel}:${place.ts}`;
    if (reply === undefined) return { kind: 'ok', receipt };
    const body = {
      channel: place.channel,
      thread_ts: place.ts,
      text: escapeWithin(reply.text, 3_000),
      reply_broadcast: reply.isLoud,
      ...quiet,
    };
    const replied = await api.call({ method: 'chat.postMessage', body, signal });
    return replied.kind === 'ok' || replied.kind === 'gone' ? { kind: 'ok', receipt } : replied;
  }

  async function postNew(payload: SlackPayload, signal: AbortSignal): Promise<ChannelOutcome> {
    const body = { channel: settings.channel, ...payload, ...quiet };
    return toOutcome(await api.call({ method: 'chat.postMessage', body, signal }));
  }

  return {
    name,
    messagesPerMinute: settings.messagesPerMinute,
    deliver: (message, context) => tell({ payload: renderMessagePayload(message), reply: replyTo(message) }, context),
    groups: {
      canUpdate: true,
      deliver: (group, context) => tell({ payload: renderGroupPayload(group), reply: replyToGroup(group) }, context),
    },
  };
}

/** Where a message stands: the channel's id and the message's time stamp. */
function tryParseReceipt(receipt: string): { readonly channel: string; readonly ts: string } | undefined {
  const [, channel, ts] = /^([^:]+):(.+)$/.exec(receipt) ?? [];
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}

function toOutcome(answer: SlackAnswer): ChannelOutcome {
  if (answer.kind === 'gone') return { kind: 'drop', reason: 'Slack: the message is gone' };
  if (answer.kind !== 'ok') return answer;
  const { channel, ts } = answer;
  return channel === undefined || ts === undefined ? { kind: 'ok' } : { kind: 'ok', receipt: `${channel}:${ts}` };
}

function replyTo(message: Message): Reply {
  const { status, lead } = wordMessage(message);
  if (message.status === 'resolved') return { text: lead, isLoud: false };
  const value = valueOf(message);
  return { text: `${status}${value === undefined ? '' : `: ${value} now`}.`, isLoud: false };
}

/** Who scrolled past a group's message must still hear of hosts that join it; of those that leave it, only at the end. */
function replyToGroup(group: GroupMessage): Reply | undefined {
  const { news, firing } = group;
  const { lead } = wordGroup(group);
  if (news.status === 'resolved') return firing === 0 ? { text: lead, isLoud: false } : undefined;
  if (news.isReminder) return { text: `Still firing: ${lead}`, isLoud: false };
  const more = news.count - news.hosts.length;
  const hosts = news.hosts.join(', ');
  return { text: `${news.count} more: ${hosts}${more > 0 ? ` and ${more} others` : ''}.`, isLoud: true };
}
