import { expect, test } from '@jest/globals';
import { readDocumentProse, readHashComments, readMarkdownProse } from '../../../../scripts/check/prose/documents.ts';

test('passages keep their offsets', () => {
  const markdown = '# Title\n\nFirst line\nsecond `code` line.\n\n- item one\n  goes on\n- item two\n';
  const { passages } = readMarkdownProse(markdown);
  expect(passages.map(({ text }) => text.trim().replace(/\s+/g, ' '))).toEqual([
    'Title',
    'First line second line.',
    'item one goes on',
    'item two',
  ]);
  for (const { text, start } of passages)
    for (const { index, 0: word } of text.matchAll(/\w+/g)) expect(markdown.startsWith(word, start + index)).toBe(true);
});

test('a fence inside a list, and one with a longer mark, are code', () => {
  const { passages } = readMarkdownProse('- item\n  ```sh\n  inside\n  ```\n````\n```\ninside\n````\nafter\n');
  expect(passages.map(({ text }) => text.trim())).toEqual(['item', 'after']);
});

test('a hash in quotes or inside a word starts no comment', () => {
  const { passages } = readHashComments('a: "b # no" # one\nurl#no\n  # two\n  # goes on\nit\'s # three\n');
  expect(passages.map(({ text }) => text.trim().replace(/\s+/g, ' '))).toEqual(['one', 'two goes on three']);
});

test('files that hold data have no prose', () => {
  for (const path of ['package.json', 'a.png', 'a.prom', 'a.svg'])
    expect(readDocumentProse(path, '# x')).toBeUndefined();
  for (const path of ['Dockerfile', '.ci/run', 'a.service', 'a.yaml'])
    expect(readDocumentProse(path, '# x')?.passages.map(({ text }) => text.trim())).toEqual(['x']);
});
