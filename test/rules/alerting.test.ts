import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { binaryPath } from '../support/binaries.ts';

const repository = join(import.meta.dirname, '..', '..');
const jobs = ['node', 'prometheus', 'alertmanager', 'gateway', 'relay'];
/** A folder as `hostpulse up` creates it: links to the repository's files, with targets and secrets beside them. */
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-config-'));
  symlinkSync(join(repository, 'prometheus.yml'), join(folder, 'prometheus.yml'));
  symlinkSync(join(repository, 'rules'), join(folder, 'rules'));
  copyFileSync(join(repository, 'alertmanager.yml'), join(folder, 'alertmanager.yml'));
  for (const name of ['prometheus-password', 'alertmanager-password', 'gateway-key'])
    writeFileSync(join(folder, name), 'secret');
  writeFileSync(join(folder, 'relay-token'), 'secret');
  mkdirSync(join(folder, 'custom-rules'));
  writeFileSync(join(folder, 'custom-rules', 'mine.rules.yml'), 'groups: []\n');
  for (const job of jobs) {
    mkdirSync(join(folder, 'targets', job), { recursive: true });
    writeFileSync(
      join(folder, 'targets', job, 'host.yml'),
      '- {targets: ["127.0.0.1:1"], labels: {instance: web-1}}\n',
    );
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(name: string): Record<string, unknown> {
  return parse(readFileSync(join(repository, name), 'utf8')) as Record<string, unknown>;
}

describe('prometheus.yml', () => {
  test('passes promtool without a warning, finds the rules and no promtool test', () => {
    const output = execFileSync(binaryPath('promtool'), ['check', 'config', join(folder, 'prometheus.yml')], {
      encoding: 'utf8',
    });
    expect(output).toContain('SUCCESS: 4 rule files found');
    expect(output).not.toContain('WARNING');
  });

  test('has the interval of the tiers, a window longer than the accepted age, and no address', () => {
    expect(read('prometheus.yml')).toMatchObject({
      global: { scrape_interval: '5s', scrape_timeout: '4s', evaluation_interval: '15s' },
      storage: { tsdb: { out_of_order_time_window: '30h' } },
      scrape_configs: jobs.map((job_name) => ({ job_name })),
    });
    expect(readFileSync(join(repository, 'prometheus.yml'), 'utf8')).not.toMatch(/static_configs|localhost|:\d{4}/);
  });
});

test('no alert of the rule tests has a file path as a label, except mount points and devices', () => {
  const names = readdirSync(join(repository, 'rules')).filter((name) => name.endsWith('.test.yaml'));
  const text = names.map((name) => readFileSync(join(repository, 'rules', name), 'utf8')).join('\n');
  const alerts = [...text.matchAll(/'ALERTS\{(.+)\}'/g)].flatMap(([, labels]) => [
    ...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g),
  ]);
  expect(new Set(alerts.filter(([, name]) => name === 'alertname').map(([, , value]) => value)).size).toBeGreaterThan(
    30,
  );
  const paths = alerts.filter(
    ([, name = '', value = '']) =>
      value.includes('/') && !value.includes('://') && !/^(?:mountpoint|device)$/.test(name),
  );
  expect(paths.map(([label]) => label)).toEqual([]);
});

describe('alertmanager.yml', () => {
  test('passes amtool', () => {
    const output = execFileSync(binaryPath('amtool'), ['check-config', join(folder, 'alertmanager.yml')], {
      encoding: 'utf8',
    });
    expect(output).toContain('SUCCESS');
    expect(output).toContain('4 inhibit rules');
  });

  test('uses no key unknown to 0.25, and retries within the group interval', () => {
    const { receivers, route } = read('alertmanager.yml') as {
      receivers: readonly { webhook_configs: readonly Record<string, unknown>[] }[];
      route: Record<string, unknown>;
    };
    expect(receivers).toHaveLength(1);
    expect(Object.keys(receivers[0]?.webhook_configs[0] ?? {})).toEqual(['url', 'send_resolved', 'http_config']);
    expect(route).toMatchObject({ receiver: 'relay', group_wait: '10s', group_interval: '30s' });
  });

  test.each([
    ['Watchdog', ['alertname=Watchdog', 'severity=none']],
    ['everything else', ['alertname=HostDown', 'severity=critical', 'instance=web-1']],
  ])('routes %s to the relay', (_what, labels) => {
    const args = ['config', 'routes', 'test', `--config.file=${join(folder, 'alertmanager.yml')}`, ...labels];
    expect(execFileSync(binaryPath('amtool'), args, { encoding: 'utf8' }).trim()).toBe('relay');
  });
});
