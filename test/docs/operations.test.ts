// Subject: docs/operations.md
/** Checks that docs/operations.md describes exactly the default alerts, and names only commands that exist. */
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

test('every default alert is in one row, and every row names default alerts', () => {
  const { groups } = parse(readFileSync(join(root, 'rules/alerts.rules.yml'), 'utf8')) as Rules;
  const alerts = [...new Set(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)))];
  const rows = [...text.matchAll(/^\| ([A-Z]\w+(?:, [A-Z]\w+)*) \|/gm)].flatMap((match) =>
    (match[1] ?? '').split(', '),
  );
  expect(alerts.length).toBeGreaterThan(40);
  expect(rows.sort()).toEqual(alerts.sort());
});

test('every hostpulse command exists', () => {
  const named = [...text.matchAll(/`?hostpulse ([a-z]+) /g)].map((match) => match[1]);
  const known = subcommands.map(({ name }) => name);
  const commands = named.filter((name) => name !== undefined && name !== 'folder');
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands) expect(known).toContain(command);
});
