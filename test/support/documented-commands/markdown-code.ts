/** Finds code in Markdown: fenced blocks, indented blocks and code spans. */

export interface CodeBlock {
  /** The word after the fence; `indented` for an indented block, `` for a fence without a word. */
  readonly language: string;
  /** Line of the first line of code, from 1. */
  readonly line: number;
  readonly text: string;
}

export interface CodeSpan {
  readonly line: number;
  /** With line breaks as spaces. */
  readonly text: string;
}

export interface MarkdownCode {
  readonly blocks: readonly CodeBlock[];
  readonly spans: readonly CodeSpan[];
}

/** Returns the code of a document in the order of the document. An indented block must follow an empty line. */
export function readMarkdownCode(document: string): MarkdownCode {
  const fenced: CodeBlock[] = [];
  const withoutFences = document.replace(
    /^([ \t]*)(```+|~~~+)([^\n]*)\n(.*?)^\1\2[ \t]*$/gms,
    (whole, indent: string, _fence, language: string, body: string, offset: number) => {
      const text = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
      fenced.push({ language: language.trim(), line: lineAt(document, offset) + 1, text });
      return whole.replace(/[^\n]/g, '');
    },
  );
  const indented: CodeBlock[] = [];
  const prose = withoutFences.replace(
    /(?<=\n\n)((?: {4}[^\n]*\n(?:[ \t]*\n(?= {4}))?)+)/g,
    (whole, _body, offset: number) => {
      const text = whole.replaceAll(/^ {4}/gm, '');
      indented.push({ language: 'indented', line: lineAt(withoutFences, offset), text });
      return whole.replace(/[^\n]/g, '');
    },
  );
  const spans = [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(({ index, 1: text = '' }) => ({
    line: lineAt(prose, index),
    // A table row escapes the character that separates its cells.
    text: text.replaceAll(/\s+/g, ' ').replaceAll('\\|', '|'),
  }));
  return { blocks: [...fenced, ...indented].sort((one, other) => one.line - other.line), spans };
}

/** Returns the number of the line, from 1. `text` is the document, or the document without code but with all line breaks. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
