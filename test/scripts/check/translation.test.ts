import { expect, test } from '@jest/globals';
import { formatFinding } from '../../../scripts/check/finding.ts';
import { compareDocuments, findTranslationGaps } from '../../../scripts/check/translation.ts';
import { sourceTree } from '../../support/source-tree.ts';

const messages = (original: string, translated: string) => compareDocuments(original, translated).map(formatFinding);

const original = [
  '# Host [한국어](README.ko.md)',
  'Run `npm start`, read [the docs](docs/a.md#start) and [the site](https://example.org).',
  '```sh',
  'npm start   # starts all',
  '```',
  '```yaml',
  '# a setting',
  'a: 1',
  '```',
].join('\n');

const translated = [
  '# 호스트 [English](README.md)',
  '[문서](docs/a.md#start)를 읽고 `npm start`를 실행하세요.',
  '```sh',
  'npm start # 모두 시작',
  '```',
  '```yaml',
  'a: 1 # 설정',
  '```',
].join('\n');

test('words, comments in code, and links outside the repository may differ', () => {
  expect(messages(original, translated)).toEqual([]);
});

test('a README.ko.md that is missing is a finding', () => {
  expect(findTranslationGaps(sourceTree({ 'README.md': original })).map(formatFinding)).toEqual([
    'README.ko.md:1: missing: README.md in Korean',
  ]);
  expect(findTranslationGaps(sourceTree({ 'README.md': original, 'README.ko.md': translated }))).toEqual([]);
});

test('another block, a missing one and one too many', () => {
  expect(messages(original, translated.replace('a: 1', 'a: 2'))).toEqual([
    'README.ko.md:6: code block 2: README.md:6 has another',
  ]);
  expect(messages(original, translated.split('\n').slice(0, 5).join('\n'))).toEqual([
    'README.ko.md:3: no code block 2 (README.md:6)',
  ]);
  expect(messages(original, `${translated}\n\`\`\`sh\nls\n\`\`\``)).toEqual([
    'README.ko.md:9: code block 3: none in README.md',
  ]);
});

test('commands and links that one side lacks', () => {
  const other = translated.replace('`npm start`', '`npm run start`').replace('docs/a.md#start', 'docs/b.md');
  expect(messages(original, other)).toEqual([
    'README.ko.md:1: no command `npm start` (README.md:2)',
    'README.ko.md:2: command `npm run start` is not in README.md',
    'README.ko.md:1: no link docs/a.md#start (README.md:2)',
    'README.ko.md:2: link docs/b.md is not in README.md',
  ]);
});
