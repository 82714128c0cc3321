import { describe, expect, test } from '@jest/globals';
import { formatFinding } from '../../../scripts/check/finding.ts';
import { findWords } from '../../../scripts/check/words.ts';
import { sourceTree } from '../../support/source-tree.ts';

const messages = (path: string, text: string) => findWords(sourceTree({ [path]: text })).map(formatFinding);

describe('code', () => {
  test('words in comments, strings, templates and JSX, each with its line', () => {
    const text = [
      '/** A cache of its own. */',
      'const help = "Whoever asks";',
      'const log = `is told ${help} anew`;',
      'const view = <p title="lies">nobody</p>;',
    ].join('\n');
    expect(messages('a.tsx', text)).toEqual([
      'a.tsx:1: "of its own"',
      'a.tsx:2: "Whoever"',
      'a.tsx:3: "is told"',
      'a.tsx:3: "anew"',
      'a.tsx:4: "lies"',
      'a.tsx:4: "nobody"',
    ]);
  });

  test('identifiers, specifiers, regular expressions and code in backticks are not words', () => {
    const text = [
      "import { nobody } from './whatever.ts';",
      '/** Calls `nobody`, or `stands`. */',
      'const whoever = { lies: nobody, stands: /anew/ };',
    ].join('\n');
    expect(messages('a.ts', text)).toEqual([]);
  });

  test('a phrase may go over lines of a comment, and is reported where it starts', () => {
    expect(messages('a.ts', '/**\n * A thread of\n * its own.\n */')).toEqual(['a.ts:2: "of its own"']);
    expect(messages('a.ts', '// one in\n// place of another')).toEqual(['a.ts:1: "in place of"']);
  });

  test('part of a word and an allowed neighbour are no match', () => {
    expect(
      messages(
        'a.ts',
        '// manifeststands, replies, beliestold; HELP stands for help; a replica stands by; as long as it is',
      ),
    ).toEqual([]);
    expect(messages('a.ts', '// passed as plain as it is; left as it is')).toEqual([
      'a.ts:1: "as plain as it is"',
      'a.ts:1: "left as it is"',
    ]);
  });

  test('"Of" and "What" open a sentence of a comment; in a string, in the middle, or in a question they are fine', () => {
    const text = [
      '/** What it holds. Of the host. */',
      '/**',
      ' * Returns this.',
      ' * - What is in an item',
      ' */',
      '// What happens on an error? It is told apart: Of nothing.',
      'const title = "What is new";',
      '/** Says what. Does so. Out of it. */',
    ].join('\n');
    expect(messages('a.ts', text)).toEqual(['a.ts:1: "What"', 'a.ts:1: "Of"', 'a.ts:4: "What"', 'a.ts:6: "is told"']);
  });
});

describe('documents', () => {
  test('Markdown without code, link targets and HTML comments', () => {
    const text = [
      '# What it does',
      'Text of',
      'their own, `nobody`, [a link](nobody.md).',
      '```sh',
      'echo nobody # whoever',
      '```',
      '- Of hosts',
      '| cell | somebody |',
      '<!-- whatever -->',
    ].join('\n');
    expect(messages('a.md', text)).toEqual([
      'a.md:1: "What"',
      'a.md:2: "of their own"',
      'a.md:7: "Of"',
      'a.md:8: "somebody"',
    ]);
  });

  test('comments of YAML and style sheets, not their values; other files are not read', () => {
    expect(messages('a.yml', '# for whoever\nkey: nobody # anew\ntext: "a # whatever"\n')).toEqual([
      'a.yml:1: "whoever"',
      'a.yml:2: "anew"',
    ]);
    expect(messages('a.css', '/* of its own */\n.nobody { color: red; }')).toEqual(['a.css:1: "of its own"']);
    expect(messages('a.html', '<p class="nobody">whatever</p>')).toEqual(['a.html:1: "whatever"']);
    expect(messages('a.json', '"whoever"')).toEqual([]);
    expect(messages('grafana/dashboards/README.md', 'whoever')).toEqual([]);
  });
});

describe('silence', () => {
  test('a comment with a reason allows the words of its line only', () => {
    expect(messages('a.ts', "const user = 'nobody'; // words: the user's name\nconst other = 'nobody';")).toEqual([
      'a.ts:2: "nobody"',
    ]);
    expect(messages('a.ts', '/**\n * The user nobody. // words: a name\n */')).toEqual([]);
    expect(messages('a.md', 'The user nobody. <!-- words: a name -->')).toEqual([]);
    expect(messages('a.yml', 'user: x # nobody # words: a name')).toEqual([]);
  });

  test('without a reason, or on a line without such words, the comment is a finding', () => {
    expect(messages('a.ts', "const user = 'nobody'; // words:\nconst a = 1; // words: a name")).toEqual([
      'a.ts:1: words: the comment has no reason',
      'a.ts:2: words: the line has no such words',
    ]);
    expect(messages('a.md', 'A line. <!-- words: a name -->')).toEqual(['a.md:1: words: the line has no such words']);
  });
});
