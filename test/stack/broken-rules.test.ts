/** Rule files that keep Prometheus from starting are renamed with their text; valid files stay. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLog } from '../../common/program/log.ts';
import { createPromtool } from '../../common/prometheus/promtool.ts';
import { setBrokenAside } from '../../stack/broken-rules.ts';
import { binaryPath } from '../support/binaries.ts';

let folder: string;
const lines: string[] = [];
const log = createLog({ level: 'info', format: 'logfmt', program: 'test', write: (line) => lines.push(line) });
const sound = 'groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]\n';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-broken-rules-'));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const texts = (): unknown =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

test('broken files are set aside under free names; valid files and other names stay', async () => {
  write('sound.rules.yml', sound);
  write('empty.rules.yml', '');
  write('broken.rules.yml', 'groups: [\n');
  write('broken.rules.yml.set-aside', 'of an earlier start');
  write('unknown.rules.yml', 'gruops: []\n');
  write('notes.yml', 'groups: [\n');
  await setBrokenAside(folder, createPromtool(binaryPath('promtool')), log);
  expect(texts()).toEqual({
    'sound.rules.yml': sound,
    'empty.rules.yml': '',
    'broken.rules.yml.set-aside-2': 'groups: [\n',
    'broken.rules.yml.set-aside': 'of an earlier start',
    'unknown.rules.yml.set-aside': 'gruops: []\n',
    'notes.yml': 'groups: [\n',
  });
  expect(lines).toEqual([
    expect.stringMatching(/broken\.rules\.yml fault="yaml: line 1: .*" set_aside=\S+broken\.rules\.yml\.set-aside-2/),
    expect.stringMatching(/unknown\.rules\.yml fault=".*field gruops not found.*" set_aside=/),
  ]);
});

test.each([
  ['that does not exist', '/nowhere/promtool'],
  ['that cannot run', '/bin/false'],
])('with a promtool %s no file is set aside', async (_, promtool) => {
  write('broken.rules.yml', 'groups: [\n');
  await setBrokenAside(folder, createPromtool(promtool), log);
  expect(readdirSync(folder)).toEqual(['broken.rules.yml']);
});
