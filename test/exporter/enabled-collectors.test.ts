/** Selection of collectors and their flags. */
import { describe, expect, test } from '@jest/globals';
import { collectors } from '../../exporter/collectors/index.ts';
import { exporterSettings } from '../../exporter/config.ts';
import { checkCollectors } from '../../exporter/enabled-collectors.ts';
import { enabledOf, flagsOf, type Given, load, problemsOf } from '../support/exporter-config.ts';
import { createLogLines } from '../support/log-lines.ts';

const defaults = collectors.filter((each) => each.defaultEnabled).map(({ name }) => name);
const without = (...names: readonly string[]) => defaults.filter((name) => !names.includes(name));

describe('the collectors that run', () => {
  test.each<readonly [string, Given, readonly string[]]>([
    ['the defaults', {}, defaults],
    ['a collector turned off', { argv: ['--no-collector.netdev'] }, without('netdev')],
    ['a group turned off', { file: 'metrics: {cpu: {enabled: false}}' }, without('cpu', 'loadavg')],
    ['memory off', { file: 'metrics: {memory: {enabled: false}}' }, without('meminfo', 'vmstat')],
    ['disk off', { file: 'metrics: {disk: {enabled: false}}' }, without('diskstats', 'filesystem')],
    ['network off', { file: 'metrics: {network: {enabled: false}}' }, without('netdev', 'netstat', 'sockstat')],
    [
      'a collector turned on in a group turned off',
      { argv: ['--collector.cpu'], file: 'metrics: {cpu: {enabled: false}}' },
      without('loadavg'),
    ],
    ['turned off by the file', { file: 'collectors: {netdev: {enabled: false}}' }, without('netdev')],
    [
      'a flag over the file',
      { argv: ['--collector.netdev'], file: 'collectors: {netdev: {enabled: false}}' },
      defaults,
    ],
    [
      'turned off by the environment',
      { environment: { HOSTPULSE_EXPORTER_COLLECTORS_NETDEV_ENABLED: 'false' } },
      without('netdev'),
    ],
    [
      'only those named, with disable-defaults',
      { argv: ['--collector.disable-defaults', '--collector.netdev', '--collector.cpu'] },
      ['cpu', 'netdev'],
    ],
    ['none, with disable-defaults', { argv: ['--collector.disable-defaults'] }, []],
  ])('%s', (_, given, expected) => {
    expect(defaults.length).toBeGreaterThan(10);
    expect(enabledOf(load(given))).toEqual(
      collectors.map(({ name }) => name).filter((name) => expected.includes(name)),
    );
  });
});

describe('flags of collectors', () => {
  test('are set by flag, environment variable and configuration file', () => {
    for (const { name, flags } of collectors) {
      for (const { name: flag, isSwitch, check, default: standard } of flags) {
        const value = isSwitch ? 'true' : (standard ?? (check === undefined ? 'x' : '^x$'));
        const { flag: spelling } = exporterSettings[`flag:${name}.${flag}`] as { readonly flag: string };
        const argv = isSwitch ? [`--${spelling}`] : [`--${spelling}`, value];
        expect(flagsOf(name, load({ argv }))[flag]).toBe(value);
        const key = flag
          .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
          .replaceAll('-', '_')
          .replaceAll('.', '_');
        const environment = { [`HOSTPULSE_EXPORTER_COLLECTORS_${name}_${key}`.toUpperCase()]: value };
        expect(flagsOf(name, load({ environment }))[flag]).toBe(value);
        const file = `collectors: {${name}: {${key}: ${JSON.stringify(value)}}}`;
        expect(flagsOf(name, load({ file }))[flag]).toBe(value);
      }
    }
  });

  test('override the key metrics.network.interfaces', () => {
    const file = 'metrics: {network: {interfaces: [eth0]}}';
    expect(
      flagsOf('netdev', load({ file, argv: ['--collector.netdev.device-include', '^wlan'] }))['device-include'],
    ).toBe('^wlan');
    expect(flagsOf('netdev', load({ file: 'metrics: {network: {interfaces: ["a.b+c"]}}' }))['device-include']).toBe(
      String.raw`^(a\.b\+c)$`,
    );
  });

  test('are rejected when malformed or mutually exclusive', () => {
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
