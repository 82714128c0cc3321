import { expect, test } from '@jest/globals';
import { readCodeProse } from '../../../../scripts/check/prose/code.ts';
import { parseSource } from '../../../../scripts/check/tree/source.ts';

const read = (text: string) => readCodeProse(text, parseSource('a.tsx', text));
const lines = (text: string) => read(text).passages.map((passage) => passage.text.trim().replace(/\s+/g, ' '));

test('a docstring is split into paragraphs and items, without its stars', () => {
  expect(lines('/**\n * One\n * goes on.\n *\n * Two.\n * - item\n *   goes on\n */')).toEqual([
    'One goes on.',
    'Two.',
    'item goes on',
  ]);
});

test('line comments that follow each other are one; one behind code is by itself', () => {
  expect(lines('// one\n// goes on\nconst a = 1; // two\n\n// three\n')).toEqual(['one goes on', 'two', 'three']);
});

test('escapes and code in backticks are blanked, and every passage keeps its offset', () => {
  const text = "/* `code` text */ const a = 'first\\nlast';";
  expect(lines(text)).toEqual(['text', 'first last']);
  for (const { text: passage, start } of read(text).passages)
    for (const { index, 0: word } of passage.matchAll(/\w+/g)) expect(text.startsWith(word, start + index)).toBe(true);
});

test('a comment that silences a line is no text, and does not join the comment before', () => {
  const { passages, silences } = read('// text\n// words: reason\n/** doc // words: other reason */');
  expect(passages.map((passage) => passage.text.trim())).toEqual(['text', 'doc']);
  expect(silences.map(({ reason }) => reason)).toEqual(['reason', 'other reason']);
});
