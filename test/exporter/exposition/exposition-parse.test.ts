/** The parser of the text format: its results, and that it accepts and rejects the same texts as promtool. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { renderExposition } from '../../../exporter/exposition/exposition.ts';
import { parseExposition } from '../../../exporter/exposition/exposition-parse.ts';
import { binaryPath } from '../../support/binaries.ts';

test('returns families and samples in the order of their lines', () => {
  const text = [
    '# HELP b_total What b\\\\is,\\nin two lines.',
    '# TYPE b_total counter',
    'b_total{z="1",a="q\\"uote\\\\ and\\nline"} 1e3',
    '# a remark',
    'a{} -Inf',
    'b_total{z = "2" , } 2 1700000000000',
    'a{x="ü"} NaN',
    '',
  ].join('\n');
  expect(parseExposition(text)).toEqual([
    {
      name: 'b_total',
      help: 'What b\\is,\nin two lines.',
      type: 'counter',
      samples: [
        { labels: { z: '1', a: 'q"uote\\ and\nline' }, value: 1000 },
        { labels: { z: '2' }, value: 2, timestampMs: 1_700_000_000_000 },
      ],
    },
    {
      name: 'a',
      type: 'untyped',
      samples: [
        { labels: {}, value: -Infinity },
        { labels: { x: 'ü' }, value: NaN },
      ],
    },
  ]);
});

test('the samples of a histogram or summary form one family', () => {
  const text =
    '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 2\nh_count 3\n# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 2\ns_bucket 9\n';
  expect(
    parseExposition(text).map(({ name, type, samples }) => [name, type, samples.map(({ suffix }) => suffix)]),
  ).toEqual([
    ['h', 'histogram', ['_bucket', '_sum', '_count']],
    ['s', 'summary', [undefined, '_sum']],
    ['s_bucket', 'untyped', [undefined]],
  ]);
});

test('parses the rendered families back', () => {
  const families = [
    {
      name: 'a_total',
      help: 'Back\\slash and\nline.',
      type: 'counter' as const,
      samples: [{ labels: { x: '"\\\n' }, value: 0.1 }],
    },
    {
      name: 'b',
      help: 'B.',
      type: 'gauge' as const,
      samples: [
        { labels: {}, value: 1e-7 },
        { labels: { y: '' }, value: 2 ** 64 },
      ],
    },
  ];
  expect(parseExposition(renderExposition(families))).toEqual(families);
});

test('an error names the line and the expected text', () => {
  expect(() => parseExposition('a 1\nb{x=1} 2\n')).toThrow('line 2: expected a label as name="value", got "x=1} 2"');
  expect(() => parseExposition('a 1\nb 2')).toThrow('line 2: text ends within a line: "b 2"');
});

/** Accepted by the parser and by promtool. */
const legal = [
  '',
  '# EOF\n',
  '# comment\n\n  \na 1\n',
  '  \ta 1\n',
  '#HELP a text\na 1\n',
  '# HELP a\na 1\n',
  '# HELP a b\na 1\n',
  '# TYPE a\na 1\n',
  '# TYPE a Counter\na 1\n',
  '# TYPE a  \t counter\na 1\n',
  'a 1\n# HELP a late\n',
  'a{x="1",} 1\n',
  'a {x="1"} 1\n',
  'a{x="1"}1\n',
  'a{} 1\n',
  'a{x=""} 1\n',
  'a{x="\\\\\\"\\n"} 1\n',
  'a:b 1\n',
  'a 1 12\n',
  'a\t1\n',
  'a +Inf\n',
  'a infinity\n',
  'a nan\n',
  'a .5\n',
  'a 5.\n',
  'a -1.5E+3\n',
  'a 1\na 2\n',
  '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
  '# TYPE h histogram\nh_bucket{le="+Inf"} 1.5\n',
  '# TYPE s summary\ns{quantile="0.5"} NaN\ns_sum 1\ns_count 1\n',
  '# TYPE a_count gauge\na_count 1\n# TYPE a histogram\na_bucket{le="+Inf"} 1\n',
];

/** Rejected by the parser and by promtool. */
const illegal = [
  'a 1',
  '# comment',
  'a 1 \n',
  'a{x="1",x="2"} 1\n',
  'a{x=1} 1\n',
  'a{x="\\q"} 1\n',
  'a{x="1" y="2"} 1\n',
  'a{x="1\n"} 1\n',
  'a{x="1\n',
  'a{,} 1\n',
  'a{1x="1"} 1\n',
  'a{__name__="b"} 1\n',
  'a{\n',
  'a\n',
  'a \n',
  'a 1e999\n',
  'a 0x1F\n',
  'a 1_0\n',
  'a 1p3\n',
  'a -nan\n',
  'a 5e\n',
  'a .\n',
  'a 1,5\n',
  'a 1\r\n',
  'a 1 12.5\n',
  'a 1 12 3\n',
  '1a 1\n',
  'a-b 1\n',
  '{a="b"} 1\n',
  '# HELP a b\\q\na 1\n',
  '# HELP 1a text\na 1\n',
  '# HELP a x\n# HELP a x\na 1\n',
  '# TYPE a counter\n# TYPE a counter\na 1\n',
  'a 1\n# TYPE a counter\n',
  '# TYPE a foo\na 1\n',
  '# TYPE a counter  \na 1\n',
  '# TYPE h histogram\nh_bucket{le="x"} 1\n',
  '# TYPE s summary\ns{quantile="x"} 1\n',
];

/** promtool drops these samples silently; the parser rejects the text. */
const strictlyIllegal = ['# TYPE h histogram\nh_bucket 1\n', '# TYPE h histogram\nh 1\n', '# TYPE s summary\ns 1\n'];

describe('like promtool', () => {
  test.each(legal)('accepts %j', (text) => {
    expect(() => parseExposition(text)).not.toThrow();
    expect(isRejectedByPromtool(text)).toBe(false);
  });

  test.each(illegal)('rejects %j', (text) => {
    expect(() => parseExposition(text)).toThrow(/^line \d+: /);
    expect(isRejectedByPromtool(text)).toBe(true);
  });

  test.each(strictlyIllegal)('rejects, unlike promtool, %j', (text) => {
    expect(() => parseExposition(text)).toThrow(/^line 2: /);
    expect(isRejectedByPromtool(text)).toBe(false);
  });
});

/** Returns whether promtool fails to parse the text; its complaints about names do not count. */
function isRejectedByPromtool(input: string): boolean {
  const { stderr, stdout, error } = spawnSync(binaryPath('promtool'), ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return `${stdout}${stderr}`.includes('text format parsing error');
}

test('__proto__ is a label name like others', () => {
  const [family] = parseExposition('a{__proto__="x"} 1\na{__proto__="y"} 2\n');
  expect(JSON.stringify(family?.samples.map(({ labels }) => Object.entries(labels ?? {})))).toBe(
    '[[["__proto__","x"]],[["__proto__","y"]]]',
  );
});
