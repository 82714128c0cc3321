/** Comments, documents and texts of the programs name their subject: reports the words in prose/telltale-words.ts. */
import type { Finding } from './finding.ts';
import { readCodeProse } from './prose/code.ts';
import { readDocumentProse } from './prose/documents.ts';
import type { Passage, Prose } from './prose/passages.ts';
import { telltaleOpenings, telltaleWords } from './prose/telltale-words.ts';
import { isSourceFile, type Repository } from './tree/repository.ts';
import { createLineLookup } from './tree/source.ts';

/** Files that hold the words as data: the samples of this check's test. */
const sampleFiles: ReadonlySet<string> = new Set(['test/scripts/check/words.test.ts']);

/** Generated files repeat the texts of the code that writes them. */
const generatedFiles = /(?:^|\/)generated\/|^grafana\/dashboards\/|^package-lock\.json$/;

export function findWords(repository: Repository): Finding[] {
  const findings: Finding[] = [];
  for (const path of repository.files) {
    if (sampleFiles.has(path) || generatedFiles.test(path)) continue;
    const source = isSourceFile(path) ? repository.sources().get(path) : undefined;
    const text = repository.read(path);
    const prose = source === undefined ? readDocumentProse(path, text) : readCodeProse(text, source);
    if (prose !== undefined) findings.push(...findWordsInProse(path, text, prose));
  }
  return findings;
}

/**
 * Reports each telltale word by itself. A comment `words: <reason>` on the line allows all of its words; one without a
 * reason, and one on a line without such words, is a finding.
 */
export function findWordsInProse(path: string, text: string, { passages, silences }: Prose): Finding[] {
  const lineAt = createLineLookup(text);
  const silent = new Set(silences.map(({ start }) => lineAt(start)));
  const used = new Set<number>();
  const findings: Finding[] = [];
  const words = passages.flatMap(wordsIn).toSorted((a, b) => a.offset - b.offset);
  for (const { offset, word } of words) {
    const line = lineAt(offset);
    if (silent.has(line)) used.add(line);
    else findings.push({ path, line, message: `"${word}"` });
  }
  for (const { start, reason } of silences) {
    const line = lineAt(start);
    if (reason === '') findings.push({ path, line, message: 'words: the comment has no reason' });
    else if (!used.has(line)) findings.push({ path, line, message: 'words: the line has no such words' });
  }
  return findings;
}

interface Word {
  readonly offset: number;
  readonly word: string;
}

function wordsIn({ text, start, hasSentences }: Passage): Word[] {
  const words: Word[] = [];
  for (const pattern of telltaleWords) {
    for (const { index, 0: word } of text.matchAll(pattern))
      words.push({ offset: start + index, word: word.replace(/\s+/g, ' ') });
  }
  if (!hasSentences) return words;
  for (const pattern of telltaleOpenings) {
    for (const { index, 0: match, 1: word = '' } of text.matchAll(pattern))
      words.push({ offset: start + index + match.length - word.length, word });
  }
  return words;
}
