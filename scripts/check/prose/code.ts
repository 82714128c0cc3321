/** Extracts the prose of source code: comments, strings, templates and the text of JSX elements. */
import type { Source, SourceText } from '../tree/source.ts';
import { blank, blankCode, type Passage, type Prose, paragraphs, type Silence } from './passages.ts';

/** `text` is the file that `source` was parsed from. */
export function readCodeProse(text: string, source: Source): Prose {
  const passages: Passage[] = [];
  const silences: Silence[] = [];
  const comments = joinLineComments(text, source.texts);
  for (const comment of comments) {
    for (const match of comment.text.matchAll(/(?:^|\/\/)[ \t]*words:[ \t]*(.*)/gm))
      silences.push({ start: comment.start + match.index, reason: (match[1] ?? '').trim() });
    const bare = comment.text
      .replace(/^[ \t]*\*(?!\*)/gm, blank)
      .replace(/^[*]/, ' ')
      .replace(/(?:^|\/\/)[ \t]*words:.*/gm, blank);
    passages.push(...paragraphs(blankCode(bare), comment.start));
  }
  for (const { kind, text: raw, start } of source.texts) {
    if (kind !== 'string' && kind !== 'jsx') continue;
    const line = blankCode(raw.replace(/\\./g, '  ')).replaceAll('\n', ' ');
    passages.push({ text: line, start, hasSentences: false });
  }
  return { passages, silences };
}

/** Joins line comments on consecutive lines; the delimiters between them become spaces. */
function joinLineComments(file: string, texts: readonly SourceText[]): SourceText[] {
  const comments: SourceText[] = [];
  for (const comment of texts) {
    if (comment.kind === 'block-comment') comments.push(comment);
    if (comment.kind !== 'line-comment') continue;
    const last = comments.at(-1);
    const between = last === undefined ? '' : file.slice(last.start + last.text.length, comment.start);
    const isSilence = /^[ \t]*words:/.test(comment.text);
    if (last?.kind === 'line-comment' && !isSilence && /^\r?\n[ \t]*\/\/$/.test(between))
      comments[comments.length - 1] = { ...last, text: `${last.text}${blank(between)}${comment.text}` };
    else comments.push(comment);
  }
  return comments;
}
