/** Reports differences between README.md and README.ko.md in code blocks, commands and links to files. */
import type { Finding } from './finding.ts';
import type { Repository } from './tree/repository.ts';
import { createLineLookup } from './tree/source.ts';

const original = 'README.md';
const translation = 'README.ko.md';

export function findTranslationGaps({ files, read }: Pick<Repository, 'files' | 'read'>): Finding[] {
  if (!files.includes(translation)) return [{ path: translation, line: 1, message: `missing: ${original} in Korean` }];
  return compareDocuments(read(original), read(translation));
}

/** The parts of a document that a reader can run or open. */
export interface Contents {
  /** Fenced blocks in order, without comments. */
  readonly blocks: readonly Item[];
  /** Commands in backticks. */
  readonly commands: readonly Item[];
  /** Targets of links to files of the repository, with their fragments; links between the two READMEs are left out. */
  readonly links: readonly Item[];
}

export interface Item {
  readonly text: string;
  readonly line: number;
}

/**
 * Blocks are compared in order; commands and links as sets, since a Korean sentence puts them in another order. Findings
 * are about the translation and name the line of the original.
 */
export function compareDocuments(originalText: string, translatedText: string): Finding[] {
  const [wanted, got] = [readContents(originalText), readContents(translatedText)];
  const findings: Finding[] = [];
  for (let index = 0; index < Math.max(wanted.blocks.length, got.blocks.length); index++) {
    const [ours, theirs] = [wanted.blocks[index], got.blocks[index]];
    if (ours?.text === theirs?.text) continue;
    const place = ours === undefined ? `none in ${original}` : `${original}:${ours.line} has another`;
    const message = theirs === undefined ? `no code block ${index + 1} (${original}:${ours?.line})` : undefined;
    const line = theirs?.line ?? got.blocks.at(-1)?.line ?? 1;
    findings.push({ path: translation, line, message: message ?? `code block ${index + 1}: ${place}` });
    break; // the blocks after one that is missing all differ
  }
  for (const [noun, ours, theirs] of [
    ['command', wanted.commands, got.commands],
    ['link', wanted.links, got.links],
  ] as const) {
    for (const { text, line } of without(ours, theirs))
      findings.push({ path: translation, line: 1, message: `no ${noun} ${text} (${original}:${line})` });
    for (const { text, line } of without(theirs, ours))
      findings.push({ path: translation, line, message: `${noun} ${text} is not in ${original}` });
  }
  return findings;
}

function without(items: readonly Item[], others: readonly Item[]): Item[] {
  const texts = new Set(others.map(({ text }) => text));
  return items.filter(({ text }, index) => !texts.has(text) && items.findIndex((item) => item.text === text) === index);
}

const commandSpan = /^(?:\$ )?(?:npm|npx|node|hostpulse|docker|curl|git|systemctl|kubectl|sudo|dpkg|brew) /;

export function readContents(text: string): Contents {
  const lineAt = createLineLookup(text);
  const blocks: Item[] = [];
  const commands: Item[] = [];
  const links: Item[] = [];
  const prose = text.replace(
    /^([ \t]*)(```+|~~~+)([^\n]*)\n(.*?)^\1\2[ \t]*$/gms,
    (whole, _indent, _fence, language: string, body: string, offset: number) => {
      blocks.push({ text: `${language.trim()}\n${withoutComments(body)}`, line: lineAt(offset) });
      return whole.replace(/[^\n]/g, ' ');
    },
  );
  for (const { index, 1: span = '' } of prose.matchAll(/`([^`]+)`/g)) {
    const command = span.replace(/\s+/g, ' ');
    if (commandSpan.test(command)) commands.push({ text: `\`${command}\``, line: lineAt(index) });
  }
  for (const { index, 1: target = '' } of prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)) {
    if (/^[a-z]+:|^#/.test(target) || target === original || target === translation) continue;
    links.push({ text: target, line: lineAt(index) });
  }
  return { blocks, commands, links };
}

/** Comments of shell and YAML may be translated. */
function withoutComments(code: string): string {
  return code
    .split('\n')
    .map((line) => line.replace(/(?:^|\s+)#(?:\s.*)?$/, '').trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}
