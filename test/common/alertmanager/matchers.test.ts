/** Matchers as text: the matchers of Alertmanager, read and written without a loss. */
import { describe, expect, test } from '@jest/globals';
import {
  matchersOf,
  parseMatchers,
  renderMatcher,
  renderMatchers,
  withOperator,
} from '../../../common/alertmanager/matchers.ts';
import { isPattern, tryCompilePattern } from '../../../common/alertmanager/pattern.ts';
import { matcherCases, utf8MatcherCases } from '../../support/matcher-cases.ts';
import { threadCpuMs } from '../../support/turn-cost.ts';

const equal = (name: string, value: string) => ({ name, value, isRegex: false, isEqual: true });

/** Returns undefined for text that is not valid. */
function matches(text: string, labels: Readonly<Record<string, string>>): boolean | undefined {
  try {
    return parseMatchers(text, isPattern).every(({ name, value, isRegex, isEqual }) => {
      const actual = labels[name] ?? '';
      return (isRegex ? tryCompilePattern(value)?.(actual) : actual === value) === isEqual;
    });
  } catch {
    return undefined;
  }
}

test.each([...matcherCases, ...utf8MatcherCases])('%s, %s = %j: %s', (text, label, value, expected) => {
  expect(matches(text, { [label]: value })).toBe(expected);
});

test.each([
  ['{alertname="X",instance="web-1"}', [equal('alertname', 'X'), equal('instance', 'web-1')]],
  [' { a = "b" , } ', [equal('a', 'b')]],
  ['alertname = X , instance!=web', [equal('alertname', 'X'), withOperator(equal('instance', 'web'), '!=')]],
  ['{a=~"web-.*,}",b!~"x|y"}', [withOperator(equal('a', 'web-.*,}'), '=~'), withOperator(equal('b', 'x|y'), '!~')]],
  ['a="}, b=\\"c\\""', [equal('a', '}, b="c"')]],
  ['{a="say \\"hi\\"\\n\\\\ \\u00e9"}', [equal('a', 'say "hi"\n\\ \\u00e9')]],
  ['{"odd name"="1",}', [equal('odd name', '1')]],
  ['{}', []],
  ['', []],
])('%s', (text, matchers) => expect(parseMatchers(text)).toEqual(matchers));

describe('a fault', () => {
  test.each([
    ['{a="x",b}', 'expected matchers such as alertname="X", instance=~"web-.*"; got "b"'],
    ['a="x" b="y"', 'expected matchers such as alertname="X", instance=~"web-.*"; got "a=\\"x\\" b=\\"y\\""'],
    ['a=~"("', 'expected a regular expression that Alertmanager accepts, got "("'],
    ['{"a b"=~"("}', 'expected a regular expression that Alertmanager accepts, got "("'],
  ])('%s: %s', (text, message) => expect(() => parseMatchers(text, isPattern)).toThrow(message));
});

describe('text that is written is read back', () => {
  test.each([
    'say "hi"',
    'C:\\temp\\new',
    'one\ntwo',
    'col\tcol',
    'a\r\nb',
    'a\u0007b',
    '{a="b",c}',
    'größe 🔥',
    'a\u00a0b',
    'a\u2028b',
    '\\"\\n',
    '\\',
    '',
  ])('%j', (value) => {
    const labels = { alertname: value, 'odd name': value, [`${value}.`]: 'x' };
    expect(parseMatchers(renderMatchers(matchersOf(labels)))).toEqual(matchersOf(labels));
  });

  test('operators, and characters that Alertmanager does not unescape', () => {
    expect(renderMatchers([withOperator(equal('a', '.*'), '=~'), withOperator(equal('b', 'x'), '!=')])).toBe(
      '{a=~".*",b!="x"}',
    );
    expect(renderMatcher(withOperator(equal('c', 'y\tz'), '!~'))).toBe('c!~"y\tz"');
    expect(renderMatcher(equal('größe', '\ud800'))).toBe('"größe"="\ufffd"');
  });
});

test('reading takes time linear in the length of the text', () => {
  const startedMs = threadCpuMs();
  for (const text of [
    `a=${' '.repeat(16_000)}"`,
    `a="${'\\'.repeat(16_001)}"`,
    `{${'a'.repeat(16_000)}`,
    '"'.repeat(16_000),
  ])
    expect(() => parseMatchers(text)).toThrow('expected matchers');
  expect(threadCpuMs() - startedMs).toBeLessThan(1_000);
});
