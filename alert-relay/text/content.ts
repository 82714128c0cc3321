/** The content of a message in one shape for an alert and for a group, so that a channel renders both in the same way. */
import { type GroupLine, groupText } from './group-text.ts';
import type { AckNews, GroupMessage, Message, MessageLinks } from './message.ts';
import { type Reply, replyTo, replyToGroup } from './reply.ts';
import { type Fact, messageText, type Tone, toneSigns } from './text.ts';

export interface Link {
  readonly label: string;
  readonly url: string;
}

export interface Content {
  /** The notification's id. The same at each attempt. */
  readonly id: number;
  /**
   * The same at each attempt to send this message, different for any other, also after the database was replaced:
   * `1772366400123.42`.
   */
  readonly key: string;
  /** The single alert; undefined for a group. */
  readonly message: Message | undefined;
  /** Identifies the alert from its firing to its resolution: `hostpulse-abcdef0123456789`. Undefined for a group. */
  readonly alertKey: string | undefined;
  readonly tone: Tone;
  /** `Firing`, `Still firing`, `Resolved` or `No data`. */
  readonly status: string;
  readonly isFiring: boolean;
  readonly isReminder: boolean;
  /** Set if the message reports that a person acknowledged the alert, or withdrew the acknowledgement. */
  readonly ackNews: AckNews | undefined;
  readonly severity: string | undefined;
  /** The host of the alert; undefined for a group and for an alert without a host. */
  readonly host: string | undefined;
  readonly title: string;
  readonly lead: string;
  readonly advice: string | undefined;
  /** Value, threshold and duration; counts of a group. */
  readonly figures: readonly Fact[];
  readonly facts: readonly Fact[];
  /** The alerts of a group. */
  readonly lines: readonly GroupLine[];
  /** Number of alerts without a line. */
  readonly unseen: number;
  readonly links: readonly Link[];
  readonly startsAtMs: number;
  /** Follows an update of an earlier message. */
  readonly reply: Reply | undefined;
}

export function contentOf(message: Message): Content {
  const { id, startsAtMs, severity, status, host } = message;
  const isFiring = status === 'firing';
  const { advice, figures, facts, ...text } = messageText(message);
  return {
    ...text,
    id,
    key: `${startsAtMs}.${id}`,
    message,
    alertKey: `hostpulse-${message.fingerprint}`,
    isFiring,
    isReminder: message.isReminder,
    ackNews: message.ackNews,
    severity,
    host,
    advice: advice?.trim(),
    figures: lasting(figures),
    facts: lasting(facts),
    lines: [],
    unseen: 0,
    links: linksOf(message.links, isFiring),
    startsAtMs,
    reply: replyTo(message),
  };
}

export function contentOfGroup(group: GroupMessage): Content {
  const { id, startsAtMs, severity, firing, resolved } = group;
  const { figures, facts, ...text } = groupText(group);
  return {
    ...text,
    id,
    key: `${startsAtMs}.${id}.${firing}.${resolved}`,
    message: undefined,
    alertKey: undefined,
    isFiring: firing > 0,
    isReminder: group.news.isReminder,
    ackNews: group.news.ackNews,
    severity,
    host: undefined,
    advice: undefined,
    figures: lasting(figures),
    facts: lasting(facts),
    links: linksOf(group.links, firing > 0),
    startsAtMs,
    reply: replyToGroup(group),
  };
}

/** Returns the tone that decides how loud a message is. The report of an acknowledgement needs no action and is a notice. */
export function urgencyOf({ tone, ackNews }: Pick<Content, 'tone' | 'ackNews'>): Tone {
  return ackNews === undefined ? tone : 'notice';
}

/** Returns `🔴 Firing: CpuUsageHigh on web-1`. */
export function headlineOf({ tone, status, title }: Pick<Content, 'tone' | 'status' | 'title'>): string {
  return `${toneSigns[tone]} ${status}: ${title}`;
}

/** A message stays visible in a chat, where a duration until now soon becomes outdated. */
function lasting(facts: readonly Fact[]): readonly Fact[] {
  return facts.filter(({ isFleeting }) => isFleeting !== true);
}

/** The most useful link first: a service that shows a single link shows the alert. */
function linksOf({ alert, graph, ack, silence, runbook }: MessageLinks, isFiring: boolean): readonly Link[] {
  const candidates = [
    ['Alert', alert],
    ['Graph', graph],
    ['Acknowledge', isFiring ? ack : undefined],
    ['Silence', isFiring ? silence : undefined],
    ['Runbook', runbook],
  ] as const;
  return candidates.flatMap(([label, url]) => (url === undefined ? [] : [{ label, url }]));
}
