/** The install script of the agent: portable shell, and settings that the exporter accepts. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { runCli } from '../../support/cli.ts';

const file = join(import.meta.dirname, '../../../deploy/agent/install.sh');
const script = readFileSync(file, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-agent-script-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs functions of the script with the paths of a folder. */
function shell(commands: string): string {
  const functions = script
    .replace(/\nmain "\$@"\n$/, '\n')
    .replace('# @facts@', 'server_url=https://mon.example.com\nca_certificate=X\n#');
  const paths = `config_dir=${folder}; state_dir=${folder}; unit_file=${folder}/unit; work=${folder}; ca_file=${folder}/ca.pem`;
  return execFileSync('sh', ['-s'], {
    input: `${functions}\n${paths}\nchown() { :; }\n${commands}\n`,
    encoding: 'utf8',
  });
}

test.each(['sh', 'dash', 'bash'])('%s parses the script', (name) => {
  expect(spawnSync(name, ['-n', file])).toMatchObject({ status: 0 });
});

test('the script runs nothing before its last line', () => {
  expect(script.trimEnd().split('\n').at(-1)).toBe('main "$@"');
});

test('the settings that the script writes are valid for the exporter', async () => {
  writeFileSync(join(folder, 'enrolled'), 'key hp_x\nhost "web 1: \\"a\\""\nlabels {"env":"prod","n":"1"}\n');
  writeFileSync(join(folder, 'ca.pem'), 'X\n');
  shell('write_config');
  expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('hp_x\n');
  const { code, stdout, stderr } = await runCli([
    'exporter',
    `--config.file=${join(folder, 'agent.yml')}`,
    '--print-config',
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('server_url: https://mon.example.com');
  expect(stdout).toContain(`host: 'web 1: "a"'`);
  expect(stdout).toMatch(/labels:\n {4}env: prod\n {4}n: "1"/);
});

test.each([
  ['Linux', 'riscv64', 'there is no agent for the processor riscv64'],
  ['Darwin', 'arm64', 'the agent needs Linux, and this is Darwin'],
])('%s %s: the script says what to do', (system, machine, message) => {
  const commands = `uname() { [ "$1" = -s ] && echo ${system} || echo ${machine}; }; fail() { echo "$*"; exit 0; }; find_platform`;
  const said = shell(commands);
  expect(said).toContain(message);
  expect(said).toContain('add the host "by scrape" on the page: https://mon.example.com/');
});

test('musl: the script says what to do', () => {
  const commands = 'has_musl() { :; }; fail() { echo "$*"; exit 0; }';
  const x64 = 'uname() { [ "$1" = -s ] && echo Linux || echo x86_64; }';
  expect(shell(`${commands}; ${x64}; find_platform`)).toContain('apk add prometheus-node-exporter');
});
