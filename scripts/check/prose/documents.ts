/** Extracts the prose of other files: Markdown, HTML pages, and the comments of YAML, shell, unit files and style sheets. */
import { blank, blankCode, type Prose, paragraphs, type Silence } from './passages.ts';

/** Returns undefined for a file whose prose is not read: data, pictures, generated JSON. */
export function readDocumentProse(path: string, text: string): Prose | undefined {
  if (path.endsWith('.md')) return readMarkdownProse(text);
  if (/\.(?:ya?ml|sh|ps1|service|conf)$|(?:^|\/)Dockerfile$|^\.ci\/run$|^deploy\/hostpulse$/.test(path))
    return readHashComments(text);
  if (path.endsWith('.css')) return readBetween(text, /\/\*(.*?)\*\//gs);
  if (path.endsWith('.html')) return readMarkdownProse(text.replace(/<(?!!--)[^>]*>/g, blank));
  return undefined;
}

/** Leaves out fenced code, code in backticks, link targets and HTML comments. */
export function readMarkdownProse(text: string): Prose {
  const withoutCode = blankCode(text.replace(/^([ \t]*)(```+|~~~+).*?^\1\2[ \t]*$/gms, blank));
  const silences: Silence[] = [];
  for (const { index, 1: reason } of withoutCode.matchAll(/<!--\s*words:\s*(.*?)\s*-->/g))
    silences.push({ start: index, reason: reason ?? '' });
  const plain = withoutCode.replace(/<!--.*?-->/gs, blank).replace(/\]\([^)]*\)/g, blank);
  return { passages: paragraphs(plain, 0), silences };
}

/** Reads comments that start with `#`, at the start of a line or after a space and outside quotes. */
export function readHashComments(text: string): Prose {
  let comments = '';
  const silences: Silence[] = [];
  for (const line of text.split('\n')) {
    const at = hashOutsideQuotes(line);
    const comment = at === undefined ? '' : line.slice(at + 1);
    const marker = /(?:^|#)[ \t]*words:[ \t]*(.*)$/.exec(comment);
    if (marker !== null) silences.push({ start: comments.length, reason: (marker[1] ?? '').trim() });
    const words = comment.slice(0, marker?.index ?? comment.length);
    comments += `${`${' '.repeat(line.length - comment.length)}${words}`.padEnd(line.length)}\n`;
  }
  return { passages: paragraphs(blankCode(comments), 0), silences };
}

function hashOutsideQuotes(line: string): number | undefined {
  let quote = '';
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index);
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '#' && /^\s?$/.test(line.charAt(index - 1))) return index;
    else if (/["']/.test(character) && /^[\s:=([{,]?$/.test(line.charAt(index - 1))) quote = character;
  }
  return undefined;
}

function readBetween(text: string, comment: RegExp): Prose {
  const silences: Silence[] = [];
  let comments = blank(text);
  for (const { index, 0: whole, 1: inner = '' } of text.matchAll(comment)) {
    const marker = /^\s*words:\s*(.*?)\s*$/.exec(inner);
    if (marker !== null) silences.push({ start: index, reason: marker[1] ?? '' });
    else comments = `${comments.slice(0, index)}  ${inner}  ${comments.slice(index + whole.length)}`;
  }
  return { passages: paragraphs(blankCode(comments), 0), silences };
}
