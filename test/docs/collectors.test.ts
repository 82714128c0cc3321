/** docs/collectors.md says of each of node_exporter's default collectors whether it is here, and of ours what they are. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { collectors } from '../../exporter/collectors/index.ts';
import { binaryPath } from '../support/binaries.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'collectors.md'), 'utf8');

/** First and second cell of each row below a heading. */
function rowsBelow(heading: string): [string, string][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  return [...text.matchAll(/^\| ([a-z][a-z0-9_]*) +\| (\S+)/gm)].map(([, name = '', second = '']) => [name, second]);
}

const theirs = rowsBelow("node_exporter's defaults").filter(([name]) => name !== 'collector');
const optional = rowsBelow('Off by default').filter(([name]) => name !== 'collector');

test('rows are in order and say yes or no', () => {
  const names = theirs.map(([name]) => name);
  expect(names.length).toBeGreaterThan(40);
  expect(names).toEqual([...new Set(names)].sort());
  expect(theirs.filter(([, word]) => word !== 'yes' && word !== 'no')).toEqual([]);
});

test('what it says is here is on by default, and the other way round', () => {
  const ours = collectors.filter(({ defaultEnabled }) => defaultEnabled).map(({ name }) => name);
  expect(theirs.filter(([, word]) => word === 'yes').map(([name]) => name)).toEqual([...ours].sort());
});

test('what it says is off by default is off', () => {
  const ours = collectors.filter(({ defaultEnabled }) => !defaultEnabled).map(({ name }) => name);
  expect(optional.map(([name]) => name)).toEqual([...ours].sort());
});

test('no default collector of a real node_exporter is forgotten', () => {
  const { stdout, stderr } = spawnSync(binaryPath('prometheus-node-exporter', 'node_exporter'), ['--help'], {
    encoding: 'utf8',
  });
  const text = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');
  const defaults = [...text.matchAll(/--collector\.(\w+) Enable the \w+ collector \(default: enabled\)/g)];
  const names = defaults.map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(30);
  const known = new Set(theirs.map(([name]) => name));
  expect(names.filter((name) => !known.has(name) && ofThePackage[name] === undefined)).toEqual([]);
});

/** On in Debian's 1.5.0, not in upstream's 1.12. */
const ofThePackage: Readonly<Record<string, string>> = {
  systemd: "Debian's package turns it on",
};
