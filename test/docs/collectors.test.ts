// Subject: docs/collectors.md
/** The tables in docs/collectors.md list node_exporter's default collectors and the exporter's optional ones. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { collectors } from '../../exporter/collectors/index.ts';
import { binaryPath } from '../support/binaries.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'collectors.md'), 'utf8');

/** Returns the first and second cell of each row below a heading. */
function rowsBelow(heading: string): [string, string][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  return [...text.matchAll(/^\| ([a-z][a-z0-9_]*) +\| (\S+)/gm)].map(([, name = '', second = '']) => [name, second]);
}

const nodeExporterRows = rowsBelow("node_exporter's defaults").filter(([name]) => name !== 'collector');
const optionalRows = rowsBelow('Off by default').filter(([name]) => name !== 'collector');

test('rows are sorted and have yes or no', () => {
  const names = nodeExporterRows.map(([name]) => name);
  expect(names.length).toBeGreaterThan(40);
  expect(names).toEqual([...new Set(names)].sort());
  expect(nodeExporterRows.filter(([, word]) => word !== 'yes' && word !== 'no')).toEqual([]);
});

test('the rows with yes are the collectors that are on by default', () => {
  const expected = collectors.filter(({ defaultEnabled }) => defaultEnabled).map(({ name }) => name);
  expect(nodeExporterRows.filter(([, word]) => word === 'yes').map(([name]) => name)).toEqual([...expected].sort());
});

test('the optional rows are the collectors that are off by default', () => {
  const expected = collectors.filter(({ defaultEnabled }) => !defaultEnabled).map(({ name }) => name);
  expect(optionalRows.map(([name]) => name)).toEqual([...expected].sort());
});

test('all default collectors of an installed node_exporter have a row', () => {
  const { stdout, stderr } = spawnSync(binaryPath('prometheus-node-exporter', 'node_exporter'), ['--help'], {
    encoding: 'utf8',
  });
  const text = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');
  const defaults = [...text.matchAll(/--collector\.(\w+) Enable the \w+ collector \(default: enabled\)/g)];
  const names = defaults.map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(30);
  const known = new Set(nodeExporterRows.map(([name]) => name));
  expect(names.filter((name) => !known.has(name) && packageDefaults[name] === undefined)).toEqual([]);
});

/** On in Debian's 1.5.0 and off in upstream's 1.12. */
const packageDefaults: Readonly<Record<string, string>> = {
  systemd: "Debian's package turns it on",
};
