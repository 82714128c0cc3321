import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { allMetrics, operationsOf } from '../../common/catalogue/metrics.ts';
import type { AlertingRule, RuleGroup } from '../../common/prometheus/rule-file.ts';
import { alertGroups } from '../../rules/alerting.ts';
import { generatedFiles } from '../../rules/generated.ts';

const repository = join(import.meta.dirname, '..', '..');
let copy = '';

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'hostpulse-generate-'));
  for (const name of [
    'package.json',
    'rules',
    'common/catalogue',
    'common/prometheus/rule-file.ts',
    'common/program/generated-files.ts',
    'common/program/package.ts',
    'docs/metrics.md',
  ]) {
    cpSync(join(repository, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

function generate(root: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(root, 'rules', 'generate.ts'), ...args], { encoding: 'utf8' });
}

function groupsOf(path: string): readonly RuleGroup[] {
  const file = generatedFiles().find((each) => each.path === path);
  if (file === undefined) throw new Error(`${path} is not generated`);
  return (parse(file.text) as { groups: readonly RuleGroup[] }).groups;
}

describe('generated files', () => {
  test('are the committed files', () => {
    expect(generate(repository, '--check')).toMatchObject({ status: 0, stderr: '' });
  });

  test('are named when stale, and written on request', () => {
    writeFileSync(join(copy, 'rules/recording-5m.rules.yml'), 'groups: []\n');
    rmSync(join(copy, 'docs/metrics.md'));
    const check = generate(copy, '--check');
    expect(check.status).toBe(1);
    expect(check.stderr).toBe(
      'rules/recording-5m.rules.yml is stale: run npm run generate\ndocs/metrics.md is stale: run npm run generate\n',
    );
    expect(generate(copy)).toMatchObject({
      status: 0,
      stdout: 'wrote rules/recording-5m.rules.yml\nwrote docs/metrics.md\n',
    });
    expect(generate(copy, '--check').status).toBe(0);
    const [written, committed] = [copy, repository].map((root) => readFileSync(join(root, 'docs/metrics.md'), 'utf8'));
    expect(written).toBe(committed);
  });

  test('the generator refuses an unknown argument', () => {
    expect(generate(copy, '--chekc')).toMatchObject({ status: 2, stderr: expect.stringContaining('got --chekc') });
  });

  test.each(['1m', '5m'])('have the %s recording rules in a group with a fixed name', (tier) => {
    const groups = groupsOf(`rules/recording-${tier}.rules.yml`);
    expect(groups.map(({ name, interval }) => [name, interval])).toEqual([[`hostpulse-recording-${tier}`, tier]]);
    expect(groups[0]?.rules).toHaveLength(allMetrics.flatMap(operationsOf).length);
  });

  test('fold expressions without changing them', () => {
    expect(groupsOf('rules/alerts.rules.yml')).toEqual(JSON.parse(JSON.stringify(alertGroups)));
  });
});

describe('every alert', () => {
  const alerts = alertGroups.flatMap((group) => group.rules) as readonly AlertingRule[];

  test('has the annotations of the relay, and only identifying labels', () => {
    expect(alerts.length).toBeGreaterThanOrEqual(30);
    for (const { alert, expr, labels, annotations, ...rest } of alerts) {
      expect(Object.keys(annotations).sort()).toEqual(
        ['channels', 'description', 'expr', 'summary', 'threshold', 'unit', 'value'].sort(),
      );
      expect(Object.keys(labels).filter((name) => name !== 'severity' && name !== 'metric')).toEqual([]);
      expect(['critical', 'warning', 'none']).toContain(labels['severity']);
      expect(expr.replaceAll(/[()]/g, '')).toContain(annotations['expr']?.replaceAll(/[()]/g, ''));
      const compared = expr
        .replace(
          /(?: unless on \(\) \(min_over_time\((?:max\(up\{job="\w+"\}\)|min\(hostpulse_gateway_database_up\))\[\d+m:15s\]\) == 0\))+$/,
          '',
        )
        .replace(/ unless node_filesystem_readonly == 1$/, '')
        .replace(/ unless (\w+:)disk_usage_free:avg1m >= 0\.4 \* \1disk_usage_total:avg1m$/, '');
      expect(compared.endsWith(` ${annotations['threshold']}`)).toBe(true);
      // vmalert refuses keep_firing_for.
      expect([alert, Object.keys(rest).filter((name) => name !== 'for')]).toEqual([alert, []]);
    }
  });

  test('has a unique name', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });
});
