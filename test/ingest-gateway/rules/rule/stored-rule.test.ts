/** The expressions made from rules, and the text of rule files, checked with promtool. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { trySyntaxFault } from '../../../../ingest-gateway/rules/check/check.ts';
import { newRule } from '../../../../ingest-gateway/rules/rule/schema.ts';
import {
  alertingRuleOf,
  conditionOf,
  isOwnText,
  renderRuleText,
  tryComparison,
} from '../../../../ingest-gateway/rules/rule/stored-rule.ts';
import { binaryPath } from '../../../support/binaries.ts';
import { expectGolden } from '../../../support/golden.ts';

const folder = join(import.meta.dirname, '../../../cases/rules');
const ruleId = 'rule-0a1b2c3d';

test.each(readdirSync(folder))('%s', (name) => {
  const rule = newRule.parse(JSON.parse(readFileSync(join(folder, name, 'rule.json'), 'utf8')));
  const text = renderRuleText({ ruleId, rule, owner: 'o', intervalMs: 5_000 });
  const path = join(folder, name, 'expected.rules.yml');
  expectGolden(path, text);
  const checked = spawnSync(binaryPath('promtool'), ['check', 'rules', path], { encoding: 'utf8' });
  expect([checked.status, checked.stdout]).toEqual([0, expect.stringContaining('1 rules found')]);
  // A YAML parser reads back every text unchanged.
  const { groups } = parse(text) as { groups: { name: string; interval: string; rules: unknown[] }[] };
  expect(groups).toEqual([{ name: `hostpulse-custom-${ruleId}`, interval: '5s', rules: [alertingRuleOf(rule)] }]);
});

test('the first line tells whether this database wrote the file of this rule', () => {
  const rule = newRule.parse({ name: 'A', expr: 'up == 0' });
  const text = renderRuleText({ ruleId, rule, owner: 'ours', intervalMs: 5_000 });
  expect(isOwnText(text, { ruleId, owner: 'ours' })).toBe(true);
  expect(isOwnText(text, { ruleId, owner: 'our' })).toBe(false);
  expect(isOwnText(text, { ruleId: 'rule-00000000', owner: 'ours' })).toBe(false);
  expect(isOwnText(`\n${text}`, { ruleId, owner: 'ours' })).toBe(false);
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
