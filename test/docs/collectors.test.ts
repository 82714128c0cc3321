// Subject: docs/collectors.md
/** Checks that docs/collectors.md lists the collectors of the exporter and the missing collectors of node_exporter. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { collectors } from '../../exporter/collectors/index.ts';
import { collectorsPage, groupFamilies } from '../../exporter/docs/collectors-page.ts';
import { missingCollectors } from '../../exporter/node-exporter-flags.ts';
import { binaryPath } from '../support/binaries.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'collectors.md'), 'utf8');

/** Returns the names in the first cells of the table below a heading. */
function namesBelow(heading: string): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const cells = [...text.matchAll(/^\| \[?([a-z][a-z0-9_]*)(?:\]\(#\1\))? +\|/gm)].map(([, name = '']) => name);
  return cells.filter((name) => name !== 'collector');
}

const [onNames, offNames, beyondNames, missingNames] = [
  'On by default',
  'Off by default',
  'Beyond node_exporter',
  'Missing',
].map(namesBelow) as [string[], string[], string[], string[]];

function namesOf(isDefault: boolean): string[] {
  return collectors
    .filter(({ defaultEnabled }) => defaultEnabled === isDefault)
    .map(({ name }) => name)
    .sort();
}

test('the page is what the generator writes', () => expect(collectorsPage().text).toBe(page));

test('the tables list the collectors by default', () => {
  expect(onNames).toEqual(namesOf(true));
  expect([...offNames, ...beyondNames].sort()).toEqual(namesOf(false));
  expect(beyondNames).toContain('units');
});

test('each collector has an entry, and none is missing', () => {
  const headings = [...page.matchAll(/^### (\S+)$/gm)].map(([, name = '']) => name);
  expect(headings).toEqual([...onNames, ...offNames, ...beyondNames].sort());
  expect(missingNames.filter((name) => headings.includes(name))).toEqual([]);
  expect(missingNames).toEqual([...missingCollectors(new Set(headings))].sort());
});

test.each([
  [
    ['node_a_b', 'node_a_c'],
    ['node_a_b', 'node_a_c'],
  ],
  [Array.from({ length: 25 }, (_, index) => `node_a_b_${index}`), ['node_a_b_*']],
  [
    [...Array.from({ length: 24 }, (_, index) => `node_a_b_${index}`), 'node_a_c_d'],
    ['node_a_b_*', 'node_a_c_d'],
  ],
  [Array.from({ length: 25 }, (_, index) => `node_a_${index}`), ['node_a_*']],
])('many families are grouped: %p', (names, expected) => expect(groupFamilies(names)).toEqual(expected));

test('all default collectors of an installed node_exporter have a row', () => {
  const { stdout, stderr } = spawnSync(binaryPath('prometheus-node-exporter', 'node_exporter'), ['--help'], {
    encoding: 'utf8',
  });
  const text = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');
  const defaults = [...text.matchAll(/--collector\.(\w+) Enable the \w+ collector \(default: enabled\)/g)];
  const names = defaults.map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(30);
  const known = new Set(onNames);
  expect(names.filter((name) => !known.has(name) && packageDefaults[name] === undefined)).toEqual([]);
});

/** On in Debian's 1.5.0 and off in upstream's 1.12. */
const packageDefaults: Readonly<Record<string, string>> = {
  systemd: "Debian's package turns it on",
};
