/** The exporter's settings: from flags and the config file to the collectors that run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseCommandLine } from '../../bin/cli/command-line.ts';
import { ConfigError, loadConfig, printableConfig } from '../../common/program/settings/config.ts';
import { parseConfigFile } from '../../common/program/settings/config-file.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import { type ExporterConfig, exporterSettings } from '../../exporter/config.ts';
import { checkCollectors, collectorFlags, isEnabled } from '../../exporter/enabled-collectors.ts';
import { createLogLines } from '../support/log-lines.ts';

interface Given {
  readonly argv?: readonly string[];
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

function load({ argv = [], file, environment = {} }: Given): ExporterConfig {
  const spec = { program: 'exporter', summary: '', version: '0', settings: exporterSettings, actions: {} };
  const flags = parseCommandLine(spec, argv);
  const layers = { program: 'exporter', flags, environment };
  if (file === undefined) return loadConfig(exporterSettings, layers);
  return loadConfig(exporterSettings, {
    ...layers,
    file: parseConfigFile(file, { file: 'exporter.yml', environment }),
  });
}

function problemsOf(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const enabledOf = (config: ExporterConfig) =>
  collectors.filter((each) => isEnabled(each, config)).map(({ name }) => name);
const defaults = collectors.filter((each) => each.defaultEnabled).map(({ name }) => name);
const without = (...names: readonly string[]) => defaults.filter((name) => !names.includes(name));

function flagsOf(name: string, config: ExporterConfig): Record<string, string> {
  const [collector] = collectors.filter((each) => each.name === name);
  if (collector === undefined) throw new Error(`no collector ${name}`);
  return collectorFlags(collector, config);
}

describe('the config file of the design', () => {
  const file = readFileSync(join(import.meta.dirname, '../cases/exporter-config/design.yml'), 'utf8');

  test('loads as it stands', () => {
    expect(problemsOf({ file, environment: { API_KEY: 'k' } })).toEqual([]);
  });

  test('says what it says', () => {
    const config = load({ file, environment: { API_KEY: 'k3y' } });
    expect(config.serverUrl).toBe('https://monitoring.example.com');
    expect(config.interval).toBe(5_000);
    expect(config.apiKey?.reveal()).toBe('k3y');
    expect(JSON.stringify(printableConfig(exporterSettings, config))).not.toContain('k3y');
    expect(config.perCpu).toBe(true);
    expect(enabledOf(config)).toEqual(defaults);
    const included = new RegExp(flagsOf('netdev', config)['device-include'] as string);
    expect(['eth0', 'eth1', 'eth10', 'veth0'].filter((name) => included.test(name))).toEqual(['eth0', 'eth1']);
    for (const [collector, flag] of [
      ['diskstats', 'device-exclude'],
      ['filesystem', 'fs-types-exclude'],
    ] as const) {
      const text = flagsOf(collector, config)[flag] as string;
      const added = ['tmpfs', 'devtmpfs', 'nottmpfs', 'tmpfs2'].filter((name) => new RegExp(text).test(name));
      expect(added).toEqual(['tmpfs', 'devtmpfs']);
      const [standard] = collectors
        .filter((each) => each.name === collector)
        .flatMap((each) => each.flags.filter(({ name }) => name === flag));
      expect(standard?.default).toBeDefined();
      expect(text.startsWith(`${standard?.default}|`)).toBe(true);
    }
  });

  test('needs the variable that it names', () => {
    expect(problemsOf({ file })[0]).toBe(
      'exporter.yml:4: expected the environment variable API_KEY to be set, got no such variable',
    );
  });
});

describe('which collectors run', () => {
  test.each<readonly [string, Given, readonly string[]]>([
    ['the defaults', {}, defaults],
    ['but one', { argv: ['--no-collector.netdev'] }, without('netdev')],
    ['but a group', { file: 'metrics: {cpu: {enabled: false}}' }, without('cpu', 'loadavg')],
    ['memory off', { file: 'metrics: {memory: {enabled: false}}' }, without('meminfo', 'vmstat')],
    ['disk off', { file: 'metrics: {disk: {enabled: false}}' }, without('diskstats', 'filesystem')],
    ['network off', { file: 'metrics: {network: {enabled: false}}' }, without('netdev', 'netstat', 'sockstat')],
    [
      'a name is narrower than its group',
      { argv: ['--collector.cpu'], file: 'metrics: {cpu: {enabled: false}}' },
      without('loadavg'),
    ],
    ['by the file', { file: 'collectors: {netdev: {enabled: false}}' }, without('netdev')],
    ['flag before file', { argv: ['--collector.netdev'], file: 'collectors: {netdev: {enabled: false}}' }, defaults],
    [
      'by the environment',
      { environment: { HOSTPULSE_EXPORTER_COLLECTORS_NETDEV_ENABLED: 'false' } },
      without('netdev'),
    ],
    [
      'none by default',
      { argv: ['--collector.disable-defaults', '--collector.netdev', '--collector.cpu'] },
      ['cpu', 'netdev'],
    ],
    ['none', { argv: ['--collector.disable-defaults'] }, []],
  ])('%s', (_, given, expected) => {
    expect(defaults.length).toBeGreaterThan(10);
    expect(enabledOf(load(given))).toEqual(
      collectors.map(({ name }) => name).filter((name) => expected.includes(name)),
    );
  });
});

describe("collectors' own flags", () => {
  test('every flag of the list is a flag, a variable and a key of the file', () => {
    for (const { name, flags } of collectors) {
      for (const { name: flag, isSwitch, check, default: standard } of flags) {
        const value = isSwitch ? 'true' : (standard ?? (check === undefined ? 'x' : '^x$'));
        const { flag: spelling } = exporterSettings[`flag:${name}.${flag}`] as { readonly flag: string };
        const argv = isSwitch ? [`--${spelling}`] : [`--${spelling}`, value];
        expect(flagsOf(name, load({ argv }))[flag]).toBe(value);
        const key = flag.replaceAll('-', '_').replaceAll('.', '_');
        const environment = { [`HOSTPULSE_EXPORTER_COLLECTORS_${name}_${key}`.toUpperCase()]: value };
        expect(flagsOf(name, load({ environment }))[flag]).toBe(value);
        const file = `collectors: {${name}: {${key}: ${JSON.stringify(value)}}}`;
        expect(flagsOf(name, load({ file }))[flag]).toBe(value);
      }
    }
  });

  test('the narrower word wins over interfaces', () => {
    const file = 'metrics: {network: {interfaces: [eth0]}}';
    expect(
      flagsOf('netdev', load({ file, argv: ['--collector.netdev.device-include', '^wlan'] }))['device-include'],
    ).toBe('^wlan');
    expect(flagsOf('netdev', load({ file: 'metrics: {network: {interfaces: ["a.b+c"]}}' }))['device-include']).toBe(
      String.raw`^(a\.b\+c)$`,
    );
  });

  test('a bad expression and flags that exclude each other are told', () => {
    expect(problemsOf({ argv: ['--collector.netdev.device-exclude', '('] })[0]).toMatch(
      /^--collector.netdev.device-exclude: expected .*, got "\("$/,
    );
    const config = load({ argv: ['--collector.netdev.device-exclude', 'a', '--collector.netdev.device-include', 'b'] });
    const [problem, ...more] = checkCollectors(collectors, config, createLogLines().log);
    expect(more).toEqual([]);
    expect(problem?.place).toBe('--collector.netdev');
    expect(problem?.got).toMatch(/mutually exclusive/);
  });
});

describe('the web flags', () => {
  test('listen on :9100 unless told otherwise, and on several addresses', () => {
    expect(load({}).listenAddresses).toEqual([{ port: 9100 }]);
    const argv = ['--web.listen-address', '127.0.0.1:1', '--web.listen-address=[::1]:2'];
    expect(load({ argv }).listenAddresses).toEqual([
      { host: '127.0.0.1', port: 1 },
      { host: '::1', port: 2 },
    ]);
    expect(load({ file: 'web: {listen_address: [":3"], telemetry_path: /m, max_requests: 0}' })).toMatchObject({
      listenAddresses: [{ port: 3 }],
      telemetryPath: '/m',
      maxRequests: 0,
    });
  });

  test('every problem comes at once, with its place', () => {
    const argv = ['--web.listen-address', 'nonsense', '--web.max-requests', '-1', '--path.procfs', 'proc'];
    const file = 'web: {telemetry_path: metrics}\ncollecter: {}\nmetrics:\n  cpu: {per_cpu: maybe}\n';
    expect(problemsOf({ argv, file, environment: { HOSTPULSE_EXPORTER_WEB_DISABLE_EXPORTER_METRICS: 'si' } })).toEqual([
      expect.stringMatching(/^exporter.yml:2: collecter: expected a known key \(collector, .*\), got "collecter"$/),
      expect.stringMatching(/^--web.listen-address: expected an address such as :9100.*, got "nonsense"$/),
      expect.stringMatching(/^exporter.yml:1: web.telemetry_path: expected an absolute path.*, got "metrics"$/),
      expect.stringMatching(/^--web.max-requests: expected a whole number from 0.*, got "-1"$/),
      'HOSTPULSE_EXPORTER_WEB_DISABLE_EXPORTER_METRICS: expected true or false, got "si"',
      expect.stringMatching(/^--path.procfs: expected an absolute path.*, got "proc"$/),
      'exporter.yml:4: metrics.cpu.per_cpu: expected true or false, got "maybe"',
    ]);
  });
});
