/** The exporter as a process: exit codes, output, signals. The other programs share this code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { runCli, startCli } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function writeConfig(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('configuration', () => {
  test('an invalid configuration prints every problem and exits with 2 before a port opens', async () => {
    const file = writeConfig('wrong.yml', 'web:\n  max_requests: many\nmetrics: {gpu: {}}\n');
    const web = writeConfig('web.yml', 'basic_auth_users: {alice: plain}\n');
    const { code, stdout, stderr } = await runCli(['exporter', '--config.file', file, '--web.telemetry-path=metrics']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.split('\n')).toEqual([
      'hostpulse exporter: the configuration is not valid:',
      expect.stringMatching(
        new RegExp(`^  ${file}:3: metrics.gpu: expected a known key .*, got "gpu"; did you mean "cpu"\\?$`),
      ),
      expect.stringMatching(/^ {2}--web.telemetry-path: expected a path that starts with a slash.*, got "metrics"$/),
      expect.stringMatching(new RegExp(`^  ${file}:2: web.max_requests: expected a whole number .*, got "many"$`)),
      '',
    ]);
    const guarded = await runCli(['exporter', '--web.listen-address=127.0.0.1:0', `--web.config.file=${web}`]);
    expect(guarded.code).toBe(2);
    expect(guarded.stderr).toMatch(/web\.yml:1: basic_auth_users\.alice: expected a bcrypt hash/);
    expect(guarded.stderr).not.toMatch(/listening|plain/);
  });

  test('--check-config confirms a valid configuration and starts nothing', async () => {
    const file = writeConfig('right.yml', 'metrics: {disk: {exclude_devices: [tmpfs]}}\n');
    const { code, stdout, stderr } = await runCli(['exporter', '--config.file', file, '--check-config']);
    expect([code, stdout, stderr]).toEqual([0, 'exporter: the configuration is valid\n', '']);
    const twice = ['--collector.netdev.device-include=a', '--collector.netdev.device-exclude=b'];
    const checked = await runCli(['exporter', '--check-config', ...twice]);
    expect(checked.code).toBe(2);
    expect(checked.stderr).toMatch(/--collector\.netdev: .*mutually exclusive/);
  });

  test('--print-config prints the effective configuration as YAML, secrets masked', async () => {
    const file = writeConfig('secret.yml', 'collector: {api_key: tops3cret, host: web-1}\n');
    const argv = ['exporter', '--config.file', file, '--print-config', '--no-collector.netdev'];
    const { code, stdout } = await runCli(argv, { env: { HOSTPULSE_EXPORTER_WEB_MAX_REQUESTS: '7' } });
    expect(code).toBe(0);
    expect(stdout).not.toContain('tops3cret');
    expect(parse(stdout)).toMatchObject({
      collector: { api_key: '<secret>', host: 'web-1', interval: '5s', buffer: { max_bytes: '256MiB', max_age: '1d' } },
      collectors: { netdev: { enabled: false } },
      web: { listen_address: [':9100'], max_requests: 7 },
      log: { level: 'info', format: 'logfmt' },
    });
  });

  test.each([
    ['an unknown flag', ['exporter', '--nonsense'], /unknown option '--nonsense'/],
    ['a flag without its value', ['exporter', '--web.listen-address'], /argument missing/],
    ['an unknown command', ['exprter'], /unknown command "exprter"; did you mean "exporter"\?/],
    ['no command', [], /^$/],
  ])('%s ends with 2', async (_, argv, words) => {
    const { code, stderr } = await runCli(argv);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});

describe('help', () => {
  test('lists the commands, and a flag for each collector', async () => {
    const overview = await runCli(['--help']);
    expect(overview.code).toBe(0);
    for (const name of ['exporter', 'gateway', 'relay', 'up']) expect(overview.stdout).toContain(`\n  ${name}`);
    const { collectors } = await import('../../exporter/collectors/index.ts');
    const { collectorSettings } = await import('../../exporter/collector-settings.ts');
    const { code, stdout } = await runCli(['exporter', '--help']);
    expect(code).toBe(0);
    const flags = Object.values(collectorSettings(collectors)).filter(({ isHidden }) => !isHidden);
    expect(flags.length).toBeGreaterThan(30);
    for (const { flag } of flags) expect(stdout).toMatch(new RegExp(`--${flag}[ \\n]`));
  });
});

describe('--once', () => {
  test('prints one scrape and ends', async () => {
    const { code, stdout } = await runCli([
      'exporter',
      '--once',
      '--collector.disable-defaults',
      '--collector.loadavg',
    ]);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names).toEqual([
      'node_load1',
      'node_load15',
      'node_load5',
      'node_scrape_collector_duration_seconds',
      'node_scrape_collector_success',
      'hostpulse_collector_partial_errors_total',
    ]);
    expect(stdout).toContain('node_scrape_collector_success{collector="loadavg"} 1\n');
  });
});

describe('running', () => {
  const address = '--web.listen-address=127.0.0.1:0';

  test.each(['SIGTERM', 'SIGINT'] as const)('%s stops it with 0, a second one changes nothing', async (signal) => {
    const cli = startCli(['exporter', address]);
    const [, port] = await cli.said(/address=127\.0\.0\.1:(\d+) msg=listening/);
    expect((await fetch(`http://127.0.0.1:${port}/-/ready`)).status).toBe(200);
    cli.child.kill(signal);
    await cli.said(/msg=stopping/);
    cli.child.kill(signal);
    const { code, stderr } = await cli.ended;
    expect(code).toBe(0);
    expect(stderr.match(/msg=stopping/g)).toHaveLength(1);
    expect(stderr.endsWith('msg=stopped\n')).toBe(true);
  });

  test('keeps running and stops with 0 after the reader of its log has gone', async () => {
    const cli = startCli(['exporter', address]);
    const [, port] = await cli.said(/address=127\.0\.0\.1:(\d+) msg=listening/);
    cli.child.stderr?.destroy();
    process.kill(cli.child.pid ?? 0, 'SIGHUP'); // makes the exporter log
    const page = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(page.status).toBe(200);
    cli.child.kill('SIGTERM');
    expect((await cli.ended).code).toBe(0);
  });

  test('an occupied port is one line, and no address stays open', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    try {
      const { code, stderr } = await runCli([
        'exporter',
        address,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ]);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        new RegExp(`^hostpulse exporter: 127.0.0.1:${port} is already in use by another program;.*\n$`),
      );
    } finally {
      other.close();
    }
  });

  test('with --log.format=json every line is JSON', async () => {
    const cli = startCli(['exporter', address, '--log.format=json', '--log.level=debug']);
    await cli.said(/"msg":"listening"/);
    cli.child.kill('SIGTERM');
    const { stderr } = await cli.ended;
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines)
      expect(line).toMatchObject({ program: 'exporter', ts: expect.any(String), level: expect.any(String) });
  });
});
