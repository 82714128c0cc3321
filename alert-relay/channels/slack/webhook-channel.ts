/**
 * The Slack channel with an incoming webhook, which posts messages but cannot update or thread them, and the Block Kit payloads
 * that both Slack channels post, within the limits of https://docs.slack.dev/reference/block-kit/blocks
 */
import type { Channel, ChannelOutcome, DeliveryContext } from '../../channel/channel.ts';
import { classifyStatus, post } from '../../channel/http-post.ts';
import { type GroupLine, groupText } from '../../text/group-text.ts';
import type { GroupMessage, Message, MessageLinks } from '../../text/message.ts';
import { type Fact, messageText, type Tone } from '../../text/text.ts';
import { tryErrorName } from './api.ts';
import type { SlackWebhookSettings } from './settings.ts';

interface SlackWebhookOptions {
  readonly name: string;
  readonly settings: SlackWebhookSettings;
  readonly now: () => number;
}

export function createSlackWebhookChannel({ name, settings, now }: SlackWebhookOptions): Channel {
  const { webhookUrl, timeoutMs, messagesPerMinute } = settings;

  async function send(payload: SlackPayload, { signal }: DeliveryContext): Promise<ChannelOutcome> {
    const posted = await post({
      url: webhookUrl.reveal(),
      body: JSON.stringify({ ...payload, unfurl_links: false, unfurl_media: false }),
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      timeoutMs,
      signal,
      now,
      answer: 'text',
    });
    return posted.kind === 'retry' ? posted : classifyWebhookAnswer(posted);
  }

  return {
    name,
    messagesPerMinute,
    deliver: (message, context) => send(renderMessagePayload(message), context),
    groups: { canUpdate: false, deliver: (group, context) => send(renderGroupPayload(group), context) },
  };
}

interface WebhookAnswer {
  readonly status: number;
  readonly afterMs: number | undefined;
  readonly text: string;
}

/**
 * Returns the outcome of a post to the webhook. Slack responds with the text `ok` or with the name of an error. Compatible servers,
 * such as Mattermost's, respond with other texts; every 2xx is a delivery. Source:
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
function classifyWebhookAnswer({ status, afterMs, text }: WebhookAnswer): ChannelOutcome {
  const outcome = classifyStatus(status, afterMs);
  const error = tryErrorName(text);
  return outcome.kind === 'ok' || error === undefined ? outcome : { ...outcome, reason: `${outcome.reason}: ${error}` };
}

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: true;
}

export interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

export type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'section'; readonly fields: readonly Mrkdwn[] }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] };

export interface SlackPayload {
  /** Used by notifications and screen readers. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** In characters, after escaping. Slack accepts about 13,200 for a whole message. */
const limits = { text: 1_000, header: 150, lead: 600, advice: 1_800, fact: 400, section: 3_000, fields: 10 } as const;

const signs: Readonly<Record<Tone, string>> = { critical: '🔴', warning: '🟠', notice: '🔵', resolved: '✅' };

export function renderMessagePayload(message: Message): SlackPayload {
  const { tone, status, title, lead, advice, figures, facts } = messageText(message);
  const paragraphs = [`*${escapeWithin(lead, limits.lead)}*`];
  if (advice !== undefined) paragraphs.push(escapeWithin(advice.trim(), limits.advice));
  return {
    text: renderText({ tone, status, title, lead }),
    blocks: [
      header(tone, `${status}: ${title}`),
      section(paragraphs.join('\n')),
      factSection([...figures, ...facts]),
      ...linkSections({ ...message, isFiring: message.status === 'firing' }),
    ],
  };
}

export interface Headline {
  readonly tone: Tone;
  readonly status: string;
  readonly title: string;
  readonly lead: string;
}

/** Renders one line for notifications, which show no blocks. */
export function renderText({ tone, status, title, lead }: Headline): string {
  return escapeWithin(`${signs[tone]} ${status}: ${title}. ${lead}`, limits.text);
}

export function header(tone: Tone, text: string): Block {
  return {
    type: 'header',
    text: { type: 'plain_text', text: escapeWithin(`${signs[tone]} ${text}`, limits.header), emoji: true },
  };
}

export function section(text: string): Block {
  return { type: 'section', text: mrkdwn(text) };
}

/** Returns a text that Slack shows verbatim, without turning names and URLs into mentions and links. */
export function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text, verbatim: true };
}

export function factSection(facts: readonly Fact[]): Block {
  const lasting = facts.filter(({ isFleeting }) => isFleeting !== true);
  const fields = lasting.slice(0, limits.fields).map(({ name, value, timeMs }) => {
    const shown = timeMs === undefined ? escapeWithin(value, limits.fact) : dateToken(timeMs, value);
    return mrkdwn(`*${escapeWithin(name, 75)}*\n${shown}`);
  });
  return { type: 'section', fields };
}

/**
 * Renders the links of a message. Uses links instead of buttons: a button sends an interaction, and Slack shows a warning if no app
 * handles it.
 */
export function linkSections({
  links,
  isFiring,
}: {
  readonly links: MessageLinks;
  readonly isFiring: boolean;
}): readonly Block[] {
  const candidates = [
    tryLink(links.graph, 'Graph'),
    tryLink(links.alert, 'Alert'),
    isFiring ? tryLink(links.silence, 'Silence') : undefined,
    tryLink(links.runbook, 'Runbook'),
  ].filter((link) => link !== undefined);
  const lines: string[] = [];
  for (const link of candidates) {
    const last = lines.at(-1);
    const joined = last === undefined ? link : `${last}  ·  ${link}`;
    if (last === undefined || joined.length > limits.section) lines.push(link);
    else lines[lines.length - 1] = joined;
  }
  return lines.map(section);
}

/**
 * The three characters that Slack requires to be escaped. Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
 * Without `<`, the text of an alert can contain no mention and no link.
 */
const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escapes the text and cuts it, with an ellipsis, to at most `limit` UTF-16 code units, which is how Slack counts. */
export function escapeWithin(text: string, limit: number): string {
  const whole = text.replaceAll(/[&<>]/g, (sign) => escapes[sign] ?? sign);
  if (whole.length <= limit) return whole;
  let cut = '';
  for (const sign of text) {
    const next = escapes[sign] ?? sign;
    if (cut.length + next.length > limit - 1) break;
    cut += next;
  }
  return `${cut}…`;
}

/** Returns a link, or undefined if the URL is too long for a block with other text. */
export function tryLink(url: string | undefined, label: string): string | undefined {
  if (url === undefined) return undefined;
  const address = url.replaceAll(/[&<>]/g, (sign) => escapes[sign] ?? sign).replaceAll('|', '%7C');
  return address.length > 2_800 ? undefined : `<${address}|${escapeWithin(label, 75)}>`;
}

/** Returns a time that Slack shows in the reader's time zone. Clients that cannot show `fallback`. */
export function dateToken(timeMs: number, fallback: string): string {
  return `<!date^${Math.floor(timeMs / 1_000)}^{date_short_pretty} {time_secs}|${escapeWithin(fallback, 100)}>`;
}

/** Characters of a section. Slack accepts 3,000 in a section and about 13,200 in a message. */
const sectionLimit = 2_400;
const maxSections = 4;

export function renderGroupPayload(group: GroupMessage): SlackPayload {
  const { tone, status, title, lead, figures, facts, lines, unseen } = groupText(group);
  const listed = listSections(lines);
  const more = unseen + lines.length - listed.count;
  return {
    text: renderText({ tone, status, title, lead }),
    blocks: [
      header(tone, `${status}: ${title}`),
      section(`*${escapeWithin(lead, 600)}*`),
      factSection([...figures, ...facts]),
      ...listed.blocks,
      ...(more === 0 ? [] : [{ type: 'context' as const, elements: [mrkdwn(`and ${more} more`)] }]),
      ...linkSections({ links: group.links, isFiring: group.firing > 0 }),
    ],
  };
}

/** Returns as many lines as fit, and their count. */
function listSections(lines: readonly GroupLine[]): { readonly blocks: readonly Block[]; readonly count: number } {
  const texts: string[] = [];
  let count = 0;
  for (const line of lines) {
    const text = renderLine(line);
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= sectionLimit)
      texts[texts.length - 1] = `${last}\n${text}`;
    else if (texts.length < maxSections) texts.push(text);
    else break;
    count += 1;
  }
  return { blocks: texts.map(section), count };
}

/** Renders one alert of a group. Leaves out long links: twenty long links would leave no room for the host names. */
function renderLine({ isFiring, name, detail, link }: GroupLine): string {
  const linked = link === undefined || link.length > 200 ? undefined : tryLink(link, name);
  const rest = detail === '' ? '' : `  ${escapeWithin(detail, 200)}`;
  return `${isFiring ? '•' : '✓'} ${linked ?? escapeWithin(name, 75)}${rest}`;
}
