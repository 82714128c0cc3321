/** Renders a message as a mail: subject, HTML and plain text with the same content. */
import { pictureNameOf } from '../../chart/picture.ts';
import { groupText } from '../../text/group-text.ts';
import { markup } from '../../text/markup.ts';
import type { GroupMessage, Message, MessageLinks } from '../../text/message.ts';
import { type Fact, messageText, oneLine } from '../../text/text.ts';
import {
  type Link,
  renderAnchor,
  renderFacts,
  renderFigures,
  renderLead,
  renderLinks,
  renderMark,
  renderNote,
  renderPage,
  renderPicture,
  renderRows,
} from './layout.ts';

export interface MailContent {
  /** Constant over an episode, because Gmail threads by subject. The channel adds `Re:`. */
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** File name of the picture. */
  readonly pictureName: string;
}

const maxSubject = 200;

/** Renders the subject, the HTML and the plain text of a mail. `pictureAlt` describes the picture; undefined if there is none. */
export function renderMail(message: Message, pictureAlt: string | undefined): MailContent {
  const { tone, status, title, lead, advice, figures, facts } = messageText(message);
  const links = linksOf(message.links, message.status === 'firing');
  const footer = `Sent by hostpulse. Alert ${message.episodeId}, notification ${message.id}.`;
  return {
    subject: subjectOf(message.severity, title),
    html: renderPage({
      tone,
      status: withSeverity(status, message.severity),
      title,
      preview: `${status}. ${lead}`,
      body: [
        renderLead(lead, advice),
        renderFigures(figures, tone),
        renderPicture(pictureAlt),
        renderFacts(facts),
        renderLinks(links),
      ],
      footer,
    }),
    text: renderText([
      `${status.toUpperCase()}: ${title}`,
      lead,
      advice ?? '',
      renderTextFacts([...figures, ...facts]),
      renderTextPicture(pictureAlt, title),
      renderTextLinks(links),
      `-- \n${footer}`,
    ]),
    pictureName: pictureNameOf(title),
  };
}

export function renderGroupMail(group: GroupMessage, pictureAlt: string | undefined): MailContent {
  const { tone, status, title, lead, figures, facts, lines, unseen } = groupText(group);
  const links = linksOf(group.links, group.firing > 0);
  const more = unseen === 0 ? [] : [`and ${unseen} more`];
  const footer = `Sent by hostpulse. One message for ${group.firing + group.resolved} alerts, notification ${group.id}.`;
  return {
    subject: subjectOf(group.severity, title),
    html: renderPage({
      tone,
      status: withSeverity(status, group.severity),
      title,
      preview: `${status}. ${lead}`,
      body: [
        renderLead(lead, undefined),
        renderFigures(figures, tone),
        renderPicture(pictureAlt),
        renderFacts(facts),
        renderRows(
          lines.map(({ isFiring, name, detail, link }) => [
            renderMark(isFiring ? tone : 'resolved'),
            link === undefined ? markup`${name}` : renderAnchor(link, name),
            detail,
          ]),
        ),
        ...more.map(renderNote),
        renderLinks(links),
      ],
      footer,
    }),
    text: renderText([
      `${status.toUpperCase()}: ${title}`,
      lead,
      renderTextFacts([...figures, ...facts]),
      renderTextPicture(pictureAlt, title),
      [
        ...lines.map(
          ({ isFiring, name, detail }) => `${isFiring ? '*' : '-'} ${name}${detail === '' ? '' : `  ${detail}`}`,
        ),
        ...more,
      ].join('\n'),
      renderTextLinks(links),
      `-- \n${footer}`,
    ]),
    pictureName: pictureNameOf(title),
  };
}

/** Returns `Firing · critical`, so that the severity does not depend on the colour alone. */
function withSeverity(status: string, severity: string | undefined): string {
  return severity === undefined ? status : `${status} · ${oneLine(severity)}`;
}

function renderTextPicture(alt: string | undefined, title: string): string {
  return alt === undefined ? '' : `Picture (attached, ${pictureNameOf(title)}): ${alt}`;
}

function subjectOf(severity: string | undefined, title: string): string {
  const subject = oneLine(severity === undefined ? title : `[${severity}] ${title}`);
  return subject.length > maxSubject ? `${subject.slice(0, maxSubject - 1)}…` : subject;
}

function linksOf(links: MessageLinks, isFiring: boolean): readonly Link[] {
  const candidates = [
    ['Open graph', links.graph],
    ['Alert', links.alert],
    ['Silence', isFiring ? links.silence : undefined],
    ['Runbook', links.runbook],
  ] as const;
  return candidates.flatMap(([label, url]) => (url === undefined ? [] : [{ label, url }]));
}

function renderTextLinks(links: readonly Link[]): string {
  return links.map(({ label, url }) => `${label}: ${url}`).join('\n');
}

function renderTextFacts(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(({ name }) => name.length)) + 2;
  return facts.map(({ name, value }) => `${`${name}:`.padEnd(width)}${value}`).join('\n');
}

function renderText(paragraphs: readonly string[]): string {
  return `${paragraphs.filter((each) => each !== '').join('\n\n')}\n`;
}
