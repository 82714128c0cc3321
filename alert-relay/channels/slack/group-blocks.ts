/** Renders a group of alerts as one Block Kit payload. */

import { type GroupLine, groupText } from '../../text/group-text.ts';
import type { GroupMessage } from '../../text/message.ts';
import {
  type Block,
  escapeWithin,
  factSection,
  header,
  linkSections,
  mrkdwn,
  renderText,
  type SlackPayload,
  section,
  tryLink,
} from './blocks.ts';

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

/** Long links are left out: twenty of them would leave no room for the host names. */
function renderLine({ isFiring, name, detail, link }: GroupLine): string {
  const linked = link === undefined || link.length > 200 ? undefined : tryLink(link, name);
  const rest = detail === '' ? '' : `  ${escapeWithin(detail, 200)}`;
  return `${isFiring ? '•' : '✓'} ${linked ?? escapeWithin(name, 75)}${rest}`;
}
