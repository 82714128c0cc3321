/** Renders the tables of docs/channels.md: the settings of every channel type, from their schemas, and the fields of templates. */
import { z } from 'zod';
import type { ChannelType } from './channel/channel-type.ts';
import { channelTypes } from './channels/index.ts';
import { templateFields } from './text/template-fields.ts';

export const channelsPagePath = 'docs/channels.md';
export const examplePath = 'alert-relay/channels/gotify.ts';

/** Returns the page with its tables and its example rendered again. Throws an Error if one has no place on the page. */
export function renderChannelsPage(page: string, exampleSource: string): string {
  const tables: readonly (readonly [string, string])[] = [
    ['overview', renderOverview()],
    ...channelTypes.map((type) => [type.type, renderSettings(type)] as const),
    ['template fields', renderTable(['field', ''], fieldRows())],
  ];
  const blocks = [
    ...tables.map(([name, text]) => ({ start: `<!-- table: ${name} -->\n`, end: `<!-- end: ${name} -->`, text })),
    { start: '<!-- code: gotify -->\n', end: '<!-- end: gotify code -->', text: `\`\`\`ts\n${exampleSource}\`\`\`\n` },
  ];
  return blocks.reduce(placeBlock, page);
}

interface Block {
  readonly start: string;
  readonly end: string;
  readonly text: string;
}

function placeBlock(page: string, { start, end, text }: Block): string {
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${channelsPagePath}: expected ${start.trim()} ... ${end}`);
  return `${page.slice(0, from)}${start}\n${text}\n${page.slice(to)}`;
}

type AnyChannelType = Pick<ChannelType<unknown>, 'type' | 'groups'> & { readonly settings: z.ZodType };

interface Property {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly isSecret?: boolean;
  readonly isRequired?: boolean;
}

function propertiesOf(settings: z.ZodType): Readonly<Record<string, Property & { readonly isNeeded: boolean }>> {
  const schema = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' });
  const { properties = {}, required = [] } = schema;
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const read = property as Property;
      return [name, { ...read, isNeeded: read.isRequired === true || required.includes(name) }];
    }),
  );
}

const groupings = {
  together: 'one message',
  updated: 'one message, kept up to date',
  separate: 'separate',
} as const;

function renderOverview(): string {
  const rows = channelTypes.map(({ type, groups, settings }: AnyChannelType) => {
    const { messages_per_minute: pace, picture } = propertiesOf(settings);
    const limit = pace?.default === undefined ? 'unlimited' : JSON.stringify(pace.default);
    return [`[\`${type}\`](#${type})`, groupings[groups], picture === undefined ? 'no' : 'yes', limit];
  });
  return renderTable(['type', 'alerts that arrive together', 'picture', 'messages a minute'], rows);
}

/** Settings of every channel, which the page describes once. */
const commonSettings: readonly string[] = ['type', 'timeout', 'messages_per_minute', 'picture'];

function renderSettings({ type, settings }: AnyChannelType): string {
  const properties = propertiesOf(settings);
  const isFileOfSecret = (name: string): boolean =>
    properties[name.replace(/_file$/, '')]?.isSecret === true && name.endsWith('_file');
  const rows = Object.entries(properties)
    .filter(([name]) => !commonSettings.includes(name) && !isFileOfSecret(name))
    .map(([name, property]) => {
      if (property.description === undefined)
        throw new Error(`channel ${type}: the setting ${name} has no description`);
      return [`\`${name}\``, valueOf(property), property.description];
    });
  return rows.length === 0 ? 'No settings besides those of every channel.\n' : renderTable(['setting', '', ''], rows);
}

function valueOf({ isNeeded, isSecret, default: standard }: Property & { readonly isNeeded: boolean }): string {
  const words = [isNeeded ? 'required' : undefined, isSecret === true ? 'secret' : undefined, defaultOf(standard)];
  return words.filter((word) => word !== undefined).join(', ');
}

function defaultOf(standard: unknown): string | undefined {
  if (standard === undefined || JSON.stringify(standard) === '[]' || JSON.stringify(standard) === '{}')
    return undefined;
  return `default \`${typeof standard === 'string' ? standard : JSON.stringify(standard)}\``;
}

function fieldRows(): readonly (readonly string[])[] {
  const fields = Object.entries(templateFields).map(([name, { help }]) => [`\`{{${name}}}\``, help]);
  return [...fields, ['`{{labels.NAME}}`, `{{annotations.NAME}}`', 'a label or an annotation of the alert']];
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
