/** The exporter's settings, from flags, the environment and the configuration file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { printableConfig } from '../../common/program/settings/config.ts';
import { collectors } from '../../exporter/collectors/index.ts';
import { exporterSettings } from '../../exporter/config.ts';
import { logIgnored } from '../../exporter/node-exporter-flags.ts';
import { enabledOf, flagsOf, load, problemsOf } from '../support/exporter-config.ts';
import { createLogLines } from '../support/log-lines.ts';

const defaults = collectors.filter((each) => each.defaultEnabled).map(({ name }) => name);

describe('the configuration file of the design', () => {
  const file = readFileSync(join(import.meta.dirname, '../cases/exporter-config/design.yml'), 'utf8');

  test('loads without problems', () => {
    expect(problemsOf({ file, environment: { API_KEY: 'k' } })).toEqual([]);
  });

  test('sets the values, and the flags of its group keys', () => {
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

  test('requires the environment variable that it references', () => {
    expect(problemsOf({ file })[0]).toBe(
      'exporter.yml:4: expected the environment variable API_KEY to be set, got no such variable',
    );
  });
});

describe('flags of node_exporter', () => {
  test('a relative path starts at the working directory', () => {
    expect(load({ argv: ['--path.procfs', 'host/proc', '--path.rootfs=.'] })).toMatchObject({
      procfs: join(process.cwd(), 'host/proc'),
      rootfs: process.cwd(),
    });
  });

  test('those of collectors that hostpulse lacks, and of Go, are accepted', () => {
    const argv = [
      '--no-collector.ntp',
      '--no-collector.btrfs',
      '--collector.perf',
      '--collector.systemd',
      '--collector.systemd.unit-include=^x$',
      '--collector.systemd.enable-restarts-metrics',
      '--collector.sysctl.include=a',
      '--collector.sysctl.include=b',
      '--collector.perf.cpus',
      '0-3',
      '--collector.bcache.priorityStats',
      '--runtime.gomaxprocs=1',
    ];
    expect(problemsOf({ argv })).toEqual([]);
    const logged = createLogLines();
    logIgnored(load({ argv }), logged.log);
    const [line, ...more] = logged.lines();
    expect(more).toEqual([]);
    expect(line?.['flags']).toContain('--collector.perf ');
    expect(line?.['flags']).not.toContain('ntp');
    logIgnored(load({ argv: ['--no-collector.ntp'] }), logged.log);
    expect(logged.lines()).toHaveLength(1);
  });

  test('sockets of systemd and Unix domain sockets', () => {
    const argv = ['--web.systemd-socket', '--web.listen-address=unix:/run/a.sock', '--web.listen-address=unix:///b'];
    expect(load({ argv })).toMatchObject({
      usesSystemdSocket: true,
      listenAddresses: [{ path: '/run/a.sock' }, { path: '/b' }],
    });
  });
});

describe('the web flags', () => {
  test('default to :9100 and take several addresses', () => {
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

  test('all problems are reported together, with their places', () => {
    const argv = ['--web.listen-address', 'nonsense', '--web.max-requests', '-1'];
    const file = 'web: {telemetry_path: metrics}\ncollecter: {}\nmetrics:\n  cpu: {per_cpu: maybe}\n';
    expect(problemsOf({ argv, file, environment: { HOSTPULSE_EXPORTER_WEB_DISABLE_EXPORTER_METRICS: 'si' } })).toEqual([
      expect.stringMatching(
        /^exporter.yml:2: collecter: expected a known key \(collector, .*\), got "collecter"; did you mean "collector"\?$/,
      ),
      expect.stringMatching(/^--web.listen-address: expected an address such as :9100.*, got "nonsense"$/),
      expect.stringMatching(
        /^exporter.yml:1: web.telemetry_path: expected a path that starts with a slash.*, got "metrics"$/,
      ),
      expect.stringMatching(/^--web.max-requests: expected a whole number from 0.*, got "-1"$/),
      'HOSTPULSE_EXPORTER_WEB_DISABLE_EXPORTER_METRICS: expected true or false, got "si"',
      'exporter.yml:4: metrics.cpu.per_cpu: expected true or false, got "maybe"',
    ]);
  });
});
