import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { binaryPath } from '../support/binaries.ts';

const run = promisify(execFile);
const directory = join(import.meta.dirname, '..', '..', 'rules');
const listed = readdirSync(directory);
const ruleFiles = listed.filter((name) => name.endsWith('.rules.yml'));
const testFiles = listed.filter((name) => name.endsWith('.test.yaml'));

interface Rule {
  readonly record?: string;
  readonly alert?: string;
}

interface Cases {
  readonly rule_files: readonly string[];
  readonly tests: readonly {
    readonly promql_expr_test?: readonly { readonly exp_samples?: readonly { readonly labels: string }[] }[];
    readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[];
  }[];
}

function read<T>(name: string): T {
  return parse(readFileSync(join(directory, name), 'utf8')) as T;
}

/** Returns the rules for which a case expects a result. A case that expects nothing would pass without the rule. */
function namesExpected(): ReadonlySet<string> {
  const tests = testFiles.flatMap((name) => read<Cases>(name).tests);
  const samples = tests.flatMap((each) => each.promql_expr_test ?? []).flatMap((each) => each.exp_samples ?? []);
  const fired = tests.flatMap((each) => each.alert_rule_test ?? []).filter((each) => each.exp_alerts?.length);
  return new Set([
    ...samples.map(
      ({ labels }) => /(?:rule|alertname)="([^"]+)"/.exec(labels)?.[1] ?? /^[\w:]*/.exec(labels)?.[0] ?? '',
    ),
    ...fired.map((each) => each.alertname),
  ]);
}

describe('the rules', () => {
  test('have files and tests', () => {
    expect(ruleFiles).toEqual(['alerts.rules.yml', 'recording-1m.rules.yml', 'recording-5m.rules.yml']);
    expect(testFiles.length).toBeGreaterThanOrEqual(8);
  });

  test('pass promtool check', async () => {
    const { stdout } = await run(binaryPath('promtool'), ['check', 'rules', ...ruleFiles], { cwd: directory });
    expect(stdout.match(/SUCCESS: \d+ rules found/g)).toHaveLength(ruleFiles.length);
  });

  test('load in vmalert', async () => {
    for (const name of ruleFiles) {
      const { stderr } = await run(binaryPath('vmalert'), ['-dryRun', `-rule=${join(directory, name)}`]);
      expect([name, stderr]).toEqual([name, expect.stringMatching(/dryRun"?=\\?"true/)]);
    }
    const broken = run(binaryPath('vmalert'), ['-dryRun', `-rule=${join(directory, testFiles[0] ?? '')}`]);
    await expect(broken).rejects.toThrow('rule_files');
  });

  test.each(testFiles)(
    'pass %s',
    async (name) => {
      const { tests, rule_files } = read<Cases>(name);
      expect(rule_files.length).toBeGreaterThan(0);
      expect(tests.length).toBeGreaterThan(0);
      for (const each of tests) {
        expect((each.promql_expr_test?.length ?? 0) + (each.alert_rule_test?.length ?? 0)).toBeGreaterThan(0);
      }
      const { stdout } = await run(binaryPath('promtool'), ['test', 'rules', name], { cwd: directory });
      expect(stdout).toContain('SUCCESS');
    },
    30_000,
  );

  test('each have a case with a result', () => {
    const groups = ruleFiles.flatMap((name) => read<{ groups: readonly { rules: readonly Rule[] }[] }>(name).groups);
    const rules = groups.flatMap((group) => group.rules).map((rule) => rule.record ?? rule.alert ?? '');
    expect(rules.length).toBeGreaterThan(130);
    const expected = namesExpected();
    expect(rules.filter((name) => !expected.has(name))).toEqual([]);
  });
});
