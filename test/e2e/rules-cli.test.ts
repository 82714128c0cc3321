/** `hostpulse rules` against a real gateway and Prometheus: output, places of faults, exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CliResult, runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type RuleStack, startRuleStack } from '../support/rule-stack.ts';

let stack: RuleStack;
let folder = '';
let keyFile = '';

beforeAll(async () => {
  stack = await startRuleStack();
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-rules-cli-'));
  keyFile = join(folder, 'key');
  writeFileSync(keyFile, `${await stack.gateway.createKey({ scopes: ['admin'] })}\n`);
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

function rules(...args: readonly string[]): Promise<CliResult> {
  return runCli(['rules', ...args, '--gateway-url', stack.gateway.url, '--api-key-file', keyFile]);
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const two = `# ours
- name: LoadHigh
  metric: cpu.load.average.5m
  operator: ">"
  threshold: 8
  for: 10m
- name: ConditionTrue
  expr: test_condition > 0.5
  severity: critical
`;

test('apply creates, updates and skips unchanged rules; list prints them; prune and delete remove them', async () => {
  const path = file('two.yml', two);
  expect(await rules('apply', '-f', path)).toEqual({
    code: 0,
    stdout: 'LoadHigh: created\nConditionTrue: created\n',
    stderr: '',
  });
  expect(await rules('apply', '-f', path)).toMatchObject({
    code: 0,
    stdout: 'LoadHigh: unchanged\nConditionTrue: unchanged\n',
  });
  const listed = await rules('list');
  expect(listed.code).toBe(0);
  expect(listed.stdout.split('\n').map((line) => line.split(/ {2,}/).filter((_, at) => at !== 3))).toEqual([
    ['NAME', 'STATE', 'SEVERITY', 'CONDITION'],
    ['ConditionTrue', 'inactive', 'critical', 'test_condition > 0.5'],
    ['LoadHigh', 'inactive', 'warning', expect.stringContaining('node_load5')],
    [''],
  ]);
  const one = file(
    'one.yml',
    'rules:\n  - {name: LoadHigh, metric: cpu.load.average.5m, operator: ">", threshold: 9, for: 10m}\n',
  );
  expect(await rules('apply', '--prune', '-f', one)).toMatchObject({
    code: 0,
    stdout: 'LoadHigh: updated\nConditionTrue: deleted\n',
  });
  expect((await stack.loaded()).map(([name]) => name)).toEqual(['ByDefault', 'LoadHigh']);
  expect(await rules('delete', 'LoadHigh')).toMatchObject({ code: 0, stdout: 'LoadHigh: deleted\n' });
  expect(await rules('delete', 'LoadHigh')).toMatchObject({
    code: 1,
    stderr: 'hostpulse rules: there is no rule LoadHigh (hostpulse rules list)\n',
  });
});

test('a rule that Prometheus refuses is reported with file, line and place; the others are applied', async () => {
  const path = file(
    'mixed.yml',
    `- name: Broken\n  severity: critical\n  expr: |\n    sum(\n      up\n- {name: Fine, expr: up == 0}\n- {name: ByDefault, expr: up == 0}\n`,
  );
  const result = await rules('apply', '-f', path);
  expect([result.code, result.stdout]).toEqual([1, 'Fine: created\n']);
  const [first, second, last] = result.stderr.split('\n');
  expect(first).toMatch(new RegExp(`^${path}:3: expr \\(line [123], column \\d+\\): Broken: .*parse error`));
  expect(second).toMatch(`${path}:7: name: ByDefault: an alert ByDefault already exists`);
  expect(last).toBe('hostpulse rules: 2 of 3 rules were refused');
  expect(await rules('delete', 'Fine')).toMatchObject({ code: 0 });
});

test('test prints how often a rule would have fired, and writes nothing', async () => {
  // Prometheus begins to scrape five to ten seconds after its start.
  await eventually({ what: 'a scrape of the condition', limitMs: 30_000 }, async () => {
    const { result } = (await stack.prometheus.ask('query?query=test_condition')) as { result: unknown[] };
    return result.length > 0 ? true : undefined;
  });
  const result = await rules('test', '-f', file('two.yml', two));
  expect(result).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^LoadHigh: would not have fired in the last 24 h; no series matches node_load5 or hostpulse_cpu_load_average_5m\nConditionTrue: would not have fired in the last 24 h; data start at 2\S+Z\n$/,
    ),
    stderr: '',
  });
  expect(stack.files()).toEqual([]);
});

test('the faults of an invalid file are reported with their lines, before anything is sent', async () => {
  const path = file(
    'bad.yml',
    `- name: Fine\n  expr: up == 0\n- name: "Bad\\tOne"\n  metric: cpu.usage.total\n  treshold: 3\n- name: Fine\n  expr: up\n`,
  );
  const result = await rules('apply', '-f', path, '-f', join(folder, 'nowhere.yml'));
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(`hostpulse rules: ${join(folder, 'nowhere.yml')}: cannot be read (ENOENT)\n`);
  const again = await rules('apply', '-f', path);
  expect([again.code, again.stdout]).toEqual([2, '']);
  expect(again.stderr.split('\n')).toEqual([
    `hostpulse rules: ${path}:3: name: expected a text without control characters, such as DiskNearlyFull`,
    `hostpulse rules: ${path}:5: treshold: unknown member`,
    `hostpulse rules: ${path}:3: operator: expected an operator and a threshold for the metric`,
    `hostpulse rules: ${path}:6: name: a rule Fine already exists, at ${path}:1`,
    '',
  ]);
  const broken = await rules('apply', '-f', file('broken.yml', 'a: [1\nb: 2\n'));
  expect([broken.code, broken.stderr]).toEqual([2, expect.stringMatching(/broken\.yml:\d: /)]);
  expect(stack.files()).toEqual([]);
});

test('an unreachable gateway, an invalid key, and usage errors', async () => {
  const away = await runCli(['rules', 'list', '--gateway-url', 'http://127.0.0.1:1', '--api-key', 'secret']);
  expect([away.code, away.stderr]).toEqual([
    1,
    'hostpulse rules: the gateway at http://127.0.0.1:1 cannot be reached (ECONNREFUSED)\n',
  ]);
  const wrong = await runCli(['rules', 'list', '--gateway-url', stack.gateway.url], {
    env: { HOSTPULSE_API_KEY: 'wrong' },
  });
  expect([wrong.code, wrong.stderr]).toEqual([1, 'hostpulse rules: the credential is unknown, expired or revoked\n']);
  const without = await runCli(['rules', 'list', '--gateway-url', stack.gateway.url]);
  expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('a key is needed')]);
  expect((await rules('apply')).code).toBe(2);
  expect((await rules('list', '--nonsense')).code).toBe(2);
});
