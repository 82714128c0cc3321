/** The short text that follows a message which was updated in place, because an update alone notifies no reader. */
import { groupAckSentence, groupText } from './group-text.ts';
import type { GroupMessage, Message } from './message.ts';
import { messageText, valueOf } from './text.ts';

/** A reply to a message. `isLoud`: new alerts joined, so that the whole channel is notified where the service can tell. */
export interface Reply {
  readonly text: string;
  readonly isLoud: boolean;
}

export function replyTo(message: Message): Reply {
  const { status, lead } = messageText(message);
  if (message.status === 'resolved' || message.ackNews !== undefined) return { text: lead, isLoud: false };
  const value = valueOf(message);
  return { text: `${status}${value === undefined ? '' : `: ${value} now`}.`, isLoud: false };
}

/**
 * Returns the reply to a group message, or undefined if the news needs no reply. New alerts of a group are announced in the
 * channel. Resolved alerts are announced only when the whole group is resolved.
 */
export function replyToGroup(group: GroupMessage): Reply | undefined {
  const { news, firing } = group;
  const { lead } = groupText(group);
  if (news.ackNews !== undefined) return { text: groupAckSentence(group), isLoud: false };
  if (news.status === 'resolved') return firing === 0 ? { text: lead, isLoud: false } : undefined;
  if (news.isReminder) return { text: `Reminder: ${lead}`, isLoud: false };
  const more = news.count - news.hosts.length;
  const hosts = news.hosts.join(', ');
  return { text: `${news.count} more: ${hosts}${more > 0 ? ` and ${more} others` : ''}.`, isLoud: true };
}
