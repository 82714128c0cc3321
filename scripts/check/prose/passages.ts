/** Passages: the English text of a file, with every character at its place in the file. */

export interface Passage {
  /** One paragraph, list item, comment or string on one line: as long as in the file, with markup and code replaced by spaces. */
  readonly text: string;
  /** Offset of `text` in the file, in UTF-16 code units. */
  readonly start: number;
  /** Comments and documents are made of sentences; a string may be a part of one. */
  readonly hasSentences: boolean;
}

/** A comment that allows the words of its line: `words: <reason>`. */
export interface Silence {
  readonly start: number;
  /** '' when it is missing. */
  readonly reason: string;
}

export interface Prose {
  readonly passages: readonly Passage[];
  readonly silences: readonly Silence[];
}

/** Returns spaces for every character but line ends, so that offsets hold. */
export function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** Replaces code in backticks with spaces: names in it are not words. */
export function blankCode(text: string): string {
  return text.replace(/(`+)[^`]+?\1/g, blank);
}

const paragraphStart = /^(?:[ \t]*$|[ \t]*(?:[-*+]|\d+\.|#+|>|\|)[ \t])/;

/** Splits text into paragraphs and list items. Replaces list and heading markers by spaces, so that positions stay valid. */
export function paragraphs(text: string, start: number): Passage[] {
  const passages: Passage[] = [];
  let offset = start;
  let current = '';
  let currentStart = start;
  const finish = () => {
    if (current.trim() !== '') passages.push({ text: current, start: currentStart, hasSentences: true });
    current = '';
  };
  for (const line of text.split('\n')) {
    const marker = paragraphStart.exec(line)?.[0];
    if (marker !== undefined) finish();
    if (current === '') currentStart = offset;
    current += `${' '.repeat(marker?.length ?? 0)}${line.slice(marker?.length ?? 0)} `;
    offset += line.length + 1;
  }
  finish();
  return passages;
}
