/** PromQL of rules: syntax errors, comparisons, and the expressions made from rules. */
import { describe, expect, test } from '@jest/globals';
import { conditionOf, tryComparison, trySyntaxFault } from '../../../../ingest-gateway/rules/rule/condition.ts';
import { newRule } from '../../../../ingest-gateway/rules/rule/schema.ts';

describe('syntax errors', () => {
  test.each([
    ['sum(up', 1, 7, 'not PromQL here: the end of the text'],
    ['up ==', 1, 6, 'not PromQL here: the end of the text'],
    ['a b', 1, 3, 'not PromQL here: "b"'],
    ['up{a=b}', 1, 6, 'not PromQL here: "b}"'],
    ['rate(\n  up[5m]\n) +\n', 4, 1, 'not PromQL here: the end of the text'],
    ['a) or (b', 1, 2, 'not PromQL here: ") or (b"'],
    [`up ? ${'x'.repeat(50)}`, 1, 4, `not PromQL here: "? ${'x'.repeat(38)}..."`],
  ])('%s', (text, line, column, message) => {
    expect(trySyntaxFault(text)).toEqual({ line, column, message });
  });

  test.each(['up', 'up == 0', 'sum by (a) (rate(x{b=~"c.*"}[5m])) > 1e3 # d', 'a unless on (b) c'])(
    'but %s is',
    (text) => {
      expect(trySyntaxFault(text)).toBeUndefined();
    },
  );
});

test.each([
  ['up == 0', { bare: 'up', operator: '==', threshold: 0 }],
  ['(rate(x[5m]) >= -1.5e3)', { bare: 'rate(x[5m])', operator: '>=', threshold: -1500 }],
  ['# why\nsum(a) < 5 # then', { bare: 'sum(a)', operator: '<', threshold: 5 }],
  ['a > 1 != 2', { bare: 'a > 1', operator: '!=', threshold: 2 }],
  ['a > 1 and b', undefined],
  ['a > bool 1', undefined],
  ['a > b', undefined],
  ['1 < a', undefined],
  ['a + 1', undefined],
  ['absent(up)', undefined],
])('what %s compares', (text, comparison) => {
  expect(tryComparison(text)).toEqual(comparison);
});

test.each([
  [{ expr: 'up', operator: '<', threshold: 1 }, 'up < 1', 'up', 1],
  [{ expr: ' a or b ', operator: '>', threshold: 0.1 }, '(a or b) > 0.1', 'a or b', 0.1],
  [{ expr: 'a # b', operator: '>', threshold: -2 }, '(\na # b\n) > -2', 'a # b', -2],
  [{ expr: 'up == 0' }, 'up == 0', 'up', 0],
  [{ expr: 'absent(up)' }, 'absent(up)', 'absent(up)', undefined],
])('%j', (members, expression, bare, threshold) => {
  expect(conditionOf(newRule.parse({ name: 'A', ...members }))).toEqual({ expression, bare, threshold });
});

test('every selector has the escaped hosts and labels, so that PromQL cannot be injected', () => {
  const rule = newRule.parse({
    name: 'A',
    metric: 'memory.used',
    operator: '>',
    threshold: 1,
    hosts: ['a"} or up{x="'],
    matchers: [{ name: 'env', value: '\\"}\n', isEqual: false }],
  });
  const { expression } = conditionOf(rule);
  const selectors = expression.match(/\{[^\n]*?\}\)/g) ?? [];
  expect(selectors.length).toBeGreaterThan(0);
  expect(trySyntaxFault(expression)).toBeUndefined();
  const matchers = String.raw`{instance="a\"} or up{x=\"",env!="\\\"}\n"}`;
  expect(expression.split(matchers)).toHaveLength(4); // MemTotal, MemAvailable, and the pushed family
});
