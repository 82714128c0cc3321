/** Block Kit payloads, within the limits of https://docs.slack.dev/reference/block-kit/blocks */
import type { Message, MessageLinks } from '../../text/message.ts';
import { type Fact, messageText, type Tone } from '../../text/text.ts';

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
  /** What notifications and screen readers have of it. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** In characters, after escaping. A whole message takes about 13,200; each part of ours is far below its own limit. */
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

export interface Spoken {
  readonly tone: Tone;
  readonly status: string;
  readonly title: string;
  readonly lead: string;
}

/** One line for notifications, where no block is shown. */
export function renderText({ tone, status, title, lead }: Spoken): string {
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

/** Verbatim: Slack itself makes no links and mentions of what an alert says. */
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

/** As links rather than buttons: a button sends an interaction, and Slack warns where no app answers it. */
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
 * Only these three, Slack asks. Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
 * With `<` gone nothing in an alert can mention a channel, a user or a link.
 */
const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escaped, of at most `limit` characters as Slack counts them (UTF-16 units); what is cut off leaves an ellipsis. */
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

/** A link; undefined for a URL so long that no block could hold it beside others. */
export function tryLink(url: string | undefined, label: string): string | undefined {
  if (url === undefined) return undefined;
  const address = url.replaceAll(/[&<>]/g, (sign) => escapes[sign] ?? sign).replaceAll('|', '%7C');
  return address.length > 2_800 ? undefined : `<${address}|${escapeWithin(label, 75)}>`;
}

/** A time in its reader's own zone; where Slack cannot, as `fallback` has it. */
export function dateToken(timeMs: number, fallback: string): string {
  return `<!date^${Math.floor(timeMs / 1_000)}^{date_short_pretty} {time_secs}|${escapeWithin(fallback, 100)}>`;
}
