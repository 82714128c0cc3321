/** docs/operations.md has a word on every default alert, and on none that is gone; its commands exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { subcommands } from '../../bin/commands.ts';

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docs/operations.md'), 'utf8');

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
}

test('every alert is named in one row, and every row names alerts that there are', () => {
  const { groups } = parse(readFileSync(join(root, 'rules/alerts.rules.yml'), 'utf8')) as Rules;
  const alerts = [...new Set(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)))];
  const rows = [...text.matchAll(/^\| ([A-Z]\w+(?:, [A-Z]\w+)*) \|/gm)].flatMap((match) =>
    (match[1] ?? '').split(', '),
  );
  expect(alerts.length).toBeGreaterThan(40);
  expect(rows.sort()).toEqual(alerts.sort());
});

test('every command of hostpulse that it names exists', () => {
  const named = [...text.matchAll(/`?hostpulse ([a-z]+) /g)].map((match) => match[1]);
  const known = subcommands.map(({ name }) => name);
  const commands = named.filter((name) => name !== undefined && !['itself', 'stands'].includes(name));
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands) expect(known).toContain(command);
});
