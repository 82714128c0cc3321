import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { anyOf, matcher, renderSelector } from '../../../common/catalogue/matcher.ts';
import { binaryPath } from '../../support/binaries.ts';

/** Names that try to break out of the quotes, or contain regular expression syntax. */
const hostile: readonly string[] = [
  'web-1',
  '"} or vector(1) #',
  'a\\',
  '\\"} or up{x="',
  'a\nb\r\tc',
  'a.b|c*d+e?(f)[g]{h}^i$j',
  '{{ $value }}',
  'ü\u{1F4BB}\u2028',
  '',
];

describe('selectors', () => {
  test('quote values', () => {
    expect(renderSelector('up', [])).toBe('up');
    expect(renderSelector('up', [matcher('instance', 'a"b\\c')])).toBe('up{instance="a\\"b\\\\c"}');
    expect(renderSelector('up', [anyOf('instance', ['web-1', 'a.b'])])).toBe('up{instance=~"web-1|a\\\\.b"}');
    expect(renderSelector('up', [anyOf('instance', ['a.b'])])).toBe('up{instance="a.b"}');
  });

  test('refuse an invalid label name', () => {
    for (const label of ['', '1a', 'a-b', 'a"', 'a=""} or up{b', 'ä']) {
      expect(() => renderSelector('up', [matcher(label, 'x')])).toThrow('label name: expected');
    }
  });

  test('a lone surrogate, which no label contains, gives a valid query', () => {
    expect(renderSelector('up', [matcher('instance', 'a\ud800')])).toBe('up{instance="a\ufffd"}');
  });

  test('match exactly the value in Prometheus', () => {
    const directory = mkdtempSync(join(tmpdir(), 'hostpulse-matcher-'));
    try {
      const named = hostile.filter((value) => value !== '');
      const all = [...named, 'innocent'].map((value, index) => ({
        series: `up{index="${index}", instance=${JSON.stringify(value)}}`,
        values: '1',
      }));
      const expectOnly = (selector: string, indexes: readonly number[]) => ({
        expr: `count by (index) (${selector})`,
        eval_time: '0s',
        exp_samples: indexes.map((index) => ({ labels: `{index="${index}"}`, value: 1 })),
      });
      const cases = [
        ...named.map((value, index) => expectOnly(renderSelector('up', [matcher('instance', value)]), [index])),
        ...named.map((value, index) =>
          expectOnly(renderSelector('up', [anyOf('instance', [value, 'no such host'])]), [index]),
        ),
      ];
      const file = join(directory, 'matcher.test.yaml');
      const content = { rule_files: [], tests: [{ interval: '1m', input_series: all, promql_expr_test: cases }] };
      writeFileSync(file, JSON.stringify(content));
      expect(readFileSync(file, 'utf8')).toContain('innocent');
      expect(execFileSync(binaryPath('promtool'), ['test', 'rules', file], { encoding: 'utf8' })).toContain('SUCCESS');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
