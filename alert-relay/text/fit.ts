/** Shortens the content of a message until it fits the limits of a service. Title, value and links remain longest. */
import type { Content } from './content.ts';

/** Returns at most `limit` UTF-16 code units, with an ellipsis if the text is cut. Never splits a character. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = text.slice(0, Math.max(0, limit - 1));
  const last = end.charCodeAt(end.length - 1);
  return `${last >= 0xd800 && last < 0xdc00 ? end.slice(0, -1) : end}…`;
}

export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/**
 * Renders the content and returns the first result that fits. If it is too long, the advice goes first, then alerts of a group,
 * long values, other facts, the lead, long links, and last the end of the title. Returns the shortest version if none fits.
 */
export function renderWithin<Rendered>(
  content: Content,
  render: (content: Content) => Rendered,
  fits: (rendered: Rendered) => boolean,
): Rendered {
  let current = limitParts(content);
  let rendered = render(current);
  for (const shorten of shortenings) {
    if (fits(rendered)) return rendered;
    const shorter = shorten(current);
    if (shorter === current) continue;
    current = shorter;
    rendered = render(current);
  }
  return rendered;
}

/** Limits parts that alerts can make arbitrarily long. */
function limitParts(content: Content): Content {
  const { advice, links } = content;
  return {
    ...content,
    title: cutText(content.title, 200),
    lead: cutText(content.lead, 600),
    advice: advice === undefined ? undefined : cutText(advice, 1_800),
    figures: cutValues(content.figures, 100),
    facts: cutValues(content.facts, 400),
    lines: content.lines.map((line) => ({
      ...line,
      name: cutText(line.name, 75),
      detail: cutText(line.detail, 200),
      link: line.link !== undefined && line.link.length > 200 ? undefined : line.link,
    })),
    links: links.filter(({ url }) => url.length <= 2_000),
  };
}

type Shorten = (content: Content) => Content;

const shortenings: readonly Shorten[] = [
  ...[900, 400, 150, 0].map(adviceTo),
  ...[15, 10, 5].map(linesTo),
  factsTo(150),
  linksTo(1_000),
  factsTo(60),
  leadTo(200),
  ...[5, 4, 3, 2, 1, 0].map(factCountTo),
  ...[3, 0].map(linesTo),
  linksTo(500),
  leadTo(80),
  titleTo(100),
  linksTo(250),
  titleTo(50),
  leadTo(0),
  linksTo(0),
  (content) => ({ ...content, figures: content.figures.slice(0, 1) }),
];

function adviceTo(limit: number): Shorten {
  return (content) => {
    const { advice } = content;
    if (advice === undefined || advice.length <= limit) return content;
    return { ...content, advice: limit === 0 ? undefined : cutText(advice, limit) };
  };
}

function linesTo(count: number): Shorten {
  return (content) => {
    const { lines, unseen } = content;
    if (lines.length <= count) return content;
    return { ...content, lines: lines.slice(0, count), unseen: unseen + lines.length - count };
  };
}

function factsTo(limit: number): Shorten {
  return (content) =>
    content.facts.some(({ value }) => value.length > limit)
      ? { ...content, facts: cutValues(content.facts, limit) }
      : content;
}

function factCountTo(count: number): Shorten {
  return (content) => (content.facts.length > count ? { ...content, facts: content.facts.slice(0, count) } : content);
}

function leadTo(limit: number): Shorten {
  return (content) =>
    content.lead.length > limit ? { ...content, lead: limit === 0 ? '' : cutText(content.lead, limit) } : content;
}

function titleTo(limit: number): Shorten {
  return (content) => (content.title.length > limit ? { ...content, title: cutText(content.title, limit) } : content);
}

/** Drops links that are longer than the limit. */
function linksTo(limit: number): Shorten {
  return (content) =>
    content.links.some(({ url }) => url.length > limit)
      ? { ...content, links: content.links.filter(({ url }) => url.length <= limit) }
      : content;
}

function cutValues<Named extends { readonly value: string }>(facts: readonly Named[], limit: number): readonly Named[] {
  return facts.map((fact) => ({ ...fact, value: cutText(fact.value, limit) }));
}
