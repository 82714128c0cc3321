/** Rule files that Prometheus would not start with: set aside as they are; nothing is lost, and nothing sound is touched. */
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

test('a broken one is set aside, one that lies there already stays, sound ones and other names are left', async () => {
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
  ['that is not there', '/nowhere/promtool'],
  ['that cannot run', '/bin/false'],
])('a promtool %s says nothing against any file', async (_, promtool) => {
  write('broken.rules.yml', 'groups: [\n');
  await setBrokenAside(folder, createPromtool(promtool), log);
  expect(readdirSync(folder)).toEqual(['broken.rules.yml']);
});
