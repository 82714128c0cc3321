/** Generated rules for an existing Prometheus, checked and tested by promtool at each scrape interval. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { allMetrics, operationsOf } from '../../../common/catalogue/metrics.ts';
import type { AlertingRule, RecordingRule, RuleGroup } from '../../../common/prometheus/rule-file.ts';
import { type ExistingPrometheus, existingRuleFiles, renderPrometheusRule } from '../../../rules/existing/files.ts';
import { binaryPath } from '../../support/binaries.ts';
import { selectorsIn } from '../../support/promql-selectors.ts';

const run = promisify(execFile);
const jobPattern = 'node.*|k8s/host-[0-9]+';
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'existing-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function prometheusEvery(intervalSeconds: number, pattern = jobPattern): ExistingPrometheus {
  return { intervalSeconds, jobPattern: pattern, job: 'node-exporter', otherJob: 'prometheus' };
}

function groupsOf(prometheus: ExistingPrometheus): readonly RuleGroup[] {
  return existingRuleFiles(prometheus)
    .filter(({ path }) => path.endsWith('.rules.yml'))
    .flatMap(({ text }) => (parse(text) as { groups: readonly RuleGroup[] }).groups);
}

function rulesOf(prometheus: ExistingPrometheus): readonly (RecordingRule | AlertingRule)[] {
  return groupsOf(prometheus).flatMap(({ rules }) => rules);
}

/** Writes the files and returns their folder. */
function write(prometheus: ExistingPrometheus): string {
  const root = mkdtempSync(join(folder, 'rules-'));
  for (const { path, text } of existingRuleFiles(prometheus)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return join(root, 'rules');
}

const ruleFiles = [
  'hostpulse-alerts.rules.yml',
  'hostpulse-recording-1m.rules.yml',
  'hostpulse-recording-5m.rules.yml',
];
const caseFiles = ['hostpulse-alerts.test.yaml', 'hostpulse-forecasts.test.yaml', 'hostpulse-recording.test.yaml'];

function promtool(args: readonly string[], cwd: string): Promise<{ readonly stdout: string }> {
  return run(binaryPath('promtool'), [...args], { cwd });
}

describe.each([10, 15, 30, 60])('scraped every %i s', (intervalSeconds) => {
  test('promtool accepts the rules and their cases pass', async () => {
    const cwd = write(prometheusEvery(intervalSeconds));
    const checked = await promtool(['check', 'rules', ...ruleFiles], cwd);
    expect(checked.stdout.match(/SUCCESS: \d+ rules found/g)).toHaveLength(3);
    const tested = await promtool(['test', 'rules', ...caseFiles], cwd);
    expect(tested.stdout.match(/SUCCESS/g)).toHaveLength(3);
  }, 60_000);

  test('a rate sees at least four scrapes, every selector names the jobs', () => {
    const recorded = rulesOf(prometheusEvery(intervalSeconds)).filter((rule) => 'record' in rule);
    expect(recorded).toHaveLength(2 * allMetrics.flatMap(operationsOf).length);
    const selectors = recorded.flatMap(({ expr }) => selectorsIn(expr));
    expect(selectors.length).toBeGreaterThan(200);
    for (const { reader, window, matchers } of selectors) {
      expect(matchers).toContain(`job=~${JSON.stringify(jobPattern)}`);
      if (window === undefined) continue;
      const scrapes = Number(/^(\d+)s$/.exec(window)?.[1]) / intervalSeconds;
      expect(scrapes).toBeGreaterThanOrEqual(reader === 'rate' ? 4 : 2 * Math.min(1, 30 / intervalSeconds));
    }
  });

  test('no alert fires by fewer than three scrapes', () => {
    const alerts = rulesOf(prometheusEvery(intervalSeconds)).filter((rule) => 'alert' in rule);
    expect(alerts.length).toBeGreaterThanOrEqual(14);
    for (const { alert, for: duration } of alerts) {
      if (alert === 'Watchdog') continue;
      const [, count, unit] = /^(\d+)(s|m)$/.exec(duration ?? '') ?? [];
      expect([alert, Number(count) * (unit === 'm' ? 60 : 1) >= 3 * intervalSeconds]).toEqual([alert, true]);
    }
  });
});

test('a case fails when a rule reads another job, records another value or fires too early', async () => {
  const damages: readonly (readonly [string, string, RegExp, string])[] = [
    ['hostpulse-recording-1m.rules.yml', 'hostpulse-recording.test.yaml', /node_load1\{job=~"[^"]*"\}/, 'node_load1'],
    [
      'hostpulse-recording-5m.rules.yml',
      'hostpulse-recording.test.yaml',
      /rate\(node_disk_read_bytes_total/,
      'increase(node_disk_read_bytes_total',
    ],
    ['hostpulse-alerts.rules.yml', 'hostpulse-alerts.test.yaml', /for: 1m/, 'for: 30s'],
  ];
  for (const [file, cases, from, to] of damages) {
    const cwd = write(prometheusEvery(15));
    const text = readFileSync(join(cwd, file), 'utf8');
    expect(text).toMatch(from);
    writeFileSync(join(cwd, file), text.replace(from, to));
    await expect(promtool(['test', 'rules', cases], cwd)).rejects.toMatchObject({
      stderr: expect.stringContaining('FAILED'),
    });
  }
}, 60_000);

test('the resource of the Prometheus Operator has the groups of the files', () => {
  const resource = parse(renderPrometheusRule(prometheusEvery(30))) as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec: { readonly groups: readonly RuleGroup[] };
  };
  expect(resource).toMatchObject({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'hostpulse' },
  });
  expect(resource.spec.groups).toEqual(groupsOf(prometheusEvery(30)));
});
