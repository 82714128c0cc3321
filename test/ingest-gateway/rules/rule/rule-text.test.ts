/** The text of rule files, checked with promtool. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { alertingRuleOf, isOwnText, renderRuleText } from '../../../../ingest-gateway/rules/rule/rule-text.ts';
import { newRule } from '../../../../ingest-gateway/rules/rule/schema.ts';
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
