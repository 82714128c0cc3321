/** Settings that `up` decides are refused in the components' own files; all others are left to the components. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type PartFile, partFileProblems } from '../../../stack/parts/part-settings.ts';
import { runCli } from '../../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-parts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'gateway.yml');
const part: PartFile = {
  file,
  flags: ['--web.listen-address=127.0.0.1:1', '--prometheus.basic-auth.password-file=/x', '--public-url=http://a'],
  allowed: [],
};

function problems(text: string, options: Partial<PartFile> = {}) {
  writeFileSync(file, text);
  return partFileProblems([{ ...part, ...options }]).map(({ place }) => place);
}

test.each([
  ['web: {listen_address: [":1"]}', ['web.listen_address']],
  ['\nprometheus:\n  basic_auth: {password: x}', ['prometheus.basic_auth.password']],
  ['database: {url: postgres://a/b}', ['database.url']],
  ['web: {config_file: x}', ['web.config_file']],
  ['limit: {collect_requests: 5}\nweb: {drain_delay: 2s}', []],
  ['web: 5', []],
  ['', []],
])('%j', (text, paths) => {
  const found = problems(text);
  expect(found).toHaveLength(paths.length);
  for (const [at, path] of paths.entries()) expect(found[at]).toMatch(new RegExp(`^${file}:\\d+: ${path}$`));
});

test('an allowed setting is honoured; a missing file is no problem', () => {
  expect(problems('public_url: http://b')).toEqual([`${file}:1: public_url`]);
  expect(problems('public_url: http://b', { allowed: ['public_url'] })).toEqual([]);
  expect(partFileProblems([{ ...part, file: join(folder, 'none.yml') }])).toEqual([]);
});

test('`up --check-config` names file, line and setting', async () => {
  writeFileSync(
    join(folder, 'relay.yml'),
    'time_zone: UTC\npublic_url: https://a.example.com\nalertmanager: {url: http://b}\n',
  );
  const { code, stderr } = await runCli(['up', '--data-dir', folder, '--check-config']);
  writeFileSync(file, '');
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining(
      `${join(folder, 'relay.yml')}:3: alertmanager.url: expected no value, as "hostpulse up" decides it`,
    ),
  ]);
});
