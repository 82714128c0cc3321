/** Renders the content of a message as text in the markup of a service. Texts of alerts are escaped. */
import { type Content, headlineOf } from './content.ts';
import { escapeHtml } from './markup.ts';

export interface TextFormat {
  /** Returns the text of an alert so that the service shows it unchanged: no markup, no mention, no link. */
  readonly escape: (text: string) => string;
  /** Emphasises escaped text. */
  readonly bold: (text: string) => string;
  /** The label is the text of an alert. */
  readonly link: (label: string, url: string) => string;
  /** Whether a link can be part of a line of text. */
  readonly hasInlineLinks: boolean;
  readonly lineBreak: string;
  readonly paragraphBreak: string;
}

/** No markup: links are shown as addresses. */
export const plainText: TextFormat = {
  escape: (text) => text,
  bold: (text) => text,
  link: (label, url) => `${label}: ${url}`,
  hasInlineLinks: false,
  lineBreak: '\n',
  paragraphBreak: '\n\n',
};

/** HTML of chats, with `<b>` and `<a>`. */
export const htmlText: TextFormat = {
  escape: escapeHtml,
  bold: (text) => `<b>${text}</b>`,
  link: (label, url) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`,
  hasInlineLinks: true,
  lineBreak: '\n',
  paragraphBreak: '\n\n',
};

/** An invisible character that separates a sign from the text that would give it a meaning. */
const zeroWidthSpace = '\u200b';

/** CommonMark: a backslash makes a sign literal. Mentions ignore the backslash, so `@` is separated from the name. */
export const markdown: TextFormat = {
  escape: escapeMarkdown,
  bold: (text) => `**${text}**`,
  link: (label, url) => `[${escapeMarkdown(label)}](${markdownUrl(url)})`,
  hasInlineLinks: true,
  lineBreak: '\n',
  paragraphBreak: '\n\n',
};

function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]<>#|~]/g, '\\$&')
    .replaceAll(/^(\s*)([-+])(?=\s)/gm, '$1\\$2')
    .replaceAll(/^(\s*\d+)\.(?=\s)/gm, '$1\\.')
    .replaceAll('@', `@${zeroWidthSpace}`);
}

/** Returns the text so that no `@name` in it notifies a user or the channel. For fields that show no markup. */
export function withoutMentions(text: string): string {
  return text.replaceAll('@', `@${zeroWidthSpace}`);
}

/** Markdown of services without a way to escape: signs with a meaning are followed by an invisible space. */
export const looseMarkdown: TextFormat = {
  ...markdown,
  escape: escapeLoosely,
  link: (label, url) => `[${escapeLoosely(label)}](${markdownUrl(url)})`,
};

function escapeLoosely(text: string): string {
  return text.replaceAll(/[@#*_`~[\]<>|]/g, `$&${zeroWidthSpace}`);
}

/** Brackets, spaces and angle brackets would end the address. */
function markdownUrl(url: string): string {
  return url.replaceAll(/[()<>\s\\|]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

export type Part = 'headline' | 'lead' | 'advice' | 'facts' | 'lines' | 'links';

const allParts: readonly Part[] = ['headline', 'lead', 'advice', 'facts', 'lines', 'links'];

export interface TextOptions {
  readonly format: TextFormat;
  /** Parts that the service shows elsewhere, such as a title in a field of the request. */
  readonly without?: readonly Part[];
}

export function renderText(content: Content, { format, without = [] }: TextOptions): string {
  return allParts
    .filter((part) => !without.includes(part))
    .map((part) => renderers[part](content, format))
    .filter((text) => text !== '')
    .join(format.paragraphBreak);
}

const renderers: Readonly<Record<Part, (content: Content, format: TextFormat) => string>> = {
  headline: (content, { escape, bold }) => bold(escape(headlineOf(content))),
  lead: ({ lead }, { escape }) => escape(lead),
  advice: ({ advice = '' }, { escape, lineBreak }) => advice.split(/\r?\n/).map(escape).join(lineBreak),
  facts: ({ figures, facts }, { escape, bold, lineBreak }) =>
    [...figures, ...facts].map(({ name, value }) => `${bold(`${escape(name)}:`)} ${escape(value)}`).join(lineBreak),
  lines: (content, format) => renderLines(content, format).join(format.lineBreak),
  links: ({ links }, { link, lineBreak }) => links.map(({ label, url }) => link(label, url)).join(lineBreak),
};

/** Returns a line for each alert of a group, and one for the alerts that are only counted. */
export function renderLines(
  { lines, unseen }: Content,
  { escape, link, hasInlineLinks }: TextFormat,
): readonly string[] {
  const shown = lines.map(({ isFiring, name, detail, link: url }) => {
    const linked = url === undefined || !hasInlineLinks ? escape(name) : link(name, url);
    return `${isFiring ? '•' : '✓'} ${linked}${detail === '' ? '' : `  ${escape(detail)}`}`;
  });
  return unseen === 0 ? shown : [...shown, `and ${unseen} more`];
}
