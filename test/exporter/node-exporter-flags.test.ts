/** Start commands that were written for node_exporter 1.12 start the exporter. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { programsOf } from '../../scripts/tools/tool-folders.ts';
import { problemsOf } from '../support/exporter-config.ts';

/** A line for each flag that `node_exporter --help` of 1.12.1 prints on Linux, with a valid value. */
const lines = readFileSync(join(import.meta.dirname, '../cases/exporter-config/node-exporter-1.12.flags'), 'utf8')
  .trimEnd()
  .split('\n');
const names = lines.map((line) => line.split('=', 1)[0] as string);

test('the list has each flag once', () => {
  expect(lines.length).toBeGreaterThan(160);
  expect(new Set(names).size).toBe(lines.length);
});

test('the list has every flag that an installed node_exporter prints', () => {
  const { stdout, stderr } = spawnSync(join(programsOf('forky'), 'prometheus-node-exporter'), ['--help'], {
    encoding: 'utf8',
  });
  const printed = [...`${stdout}${stderr}`.matchAll(/^ +(?:-h, )?(--[\w.-]+)(?:=.*| .*|)$/gm)].map(
    ([, name = '']) => name,
  );
  expect(printed.length).toBeGreaterThan(160);
  // The command line answers these flags; a description names --help-long.
  const others = ['--help', '--help-long', '--version'];
  expect(printed.filter((name) => !names.includes(name) && !others.includes(name))).toEqual([]);
});

test.each(lines)('%s is accepted', (line) => {
  const [name = '', ...value] = line.split('=');
  expect(problemsOf({ argv: [line] })).toEqual([]);
  if (value.length > 0) expect(problemsOf({ argv: [name, value.join('=')] })).toEqual([]);
  else expect(problemsOf({ argv: [name.replace('--', '--no-')] })).toEqual([]);
});
