// Subject: docs/migrate.md
/** Checks that the commands and names in docs/migrate.md exist. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readRuleFiles } from '../../bin/rules/rules-file.ts';
import { metrics } from '../../common/catalogue/metrics.ts';
import { runCli } from '../support/cli.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'migrate.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'migrate-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands = [...page.matchAll(/^ {4}hostpulse (.+)$/gm)].map((match) => (match[1] as string).split(' '));

test('every command and flag exists', async () => {
  expect(commands).toHaveLength(5);
  for (const words of commands) {
    const [name = '', sub = ''] = words;
    const given = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*/, ''));
    const path = sub.startsWith('-') ? [name] : [name, sub];
    const { stdout } = await runCli([...path, '--help']);
    const known = given.filter((flag) => !flag.startsWith('--no-collector.')).filter((flag) => !stdout.includes(flag));
    expect([path, known]).toEqual([path, []]);
  }
}, 120_000);

test("node_exporter's flags pass the check as written", async () => {
  const words = commands.find(([name]) => name === 'exporter') ?? [];
  expect(words).toContain('--check-config');
  expect(await runCli(words)).toMatchObject({ code: 0 });
}, 60_000);

test('the rule is valid', () => {
  const file = join(folder, 'rules.yml');
  writeFileSync(file, /```yaml\n(# rules\.yml\n[\s\S]+?)```/.exec(page)?.[1] ?? '');
  expect(readRuleFiles([file]).map(({ rule }) => rule.name)).toEqual(['CpuAbove70']);
});

test('the metrics exist', () => {
  const names = [...page.matchAll(/`((?:cpu|memory|swap|disk|network)\.[a-z.*]+)`/g)].map(
    (match) => match[1] as string,
  );
  expect(names.length).toBeGreaterThan(8);
  const unknown = names.filter(
    (name) => !metrics.some((metric) => metric.name === name || metric.name.startsWith(name.replace('*', ''))),
  );
  expect(unknown).toEqual([]);
});
