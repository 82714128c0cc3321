/** The inhibition rules of the repository's alertmanager.yml in a real Alertmanager. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createAlertmanager, type TestAlertmanager } from '../support/alertmanager.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process.ts';

type Labels = Readonly<Record<string, string>>;

interface Case {
  readonly what: string;
  readonly source: Labels;
  readonly muted?: readonly Labels[];
  readonly heard?: readonly Labels[];
}

const disk = { metric: 'disk.usage.percent', device: '/dev/sda1', mountpoint: '/' };
const critical = { alertname: 'DiskUsageCritical', severity: 'critical', instance: 'web-1', job: 'node', ...disk };
const warning = { alertname: 'DiskUsageHigh', severity: 'warning', instance: 'web-1', job: 'node', ...disk };
const hostDown = { alertname: 'HostDown', severity: 'critical', instance: 'web-1', job: 'node' };

const cases: readonly Case[] = [
  {
    what: 'critical mutes the warning of the same host, metric and device',
    source: critical,
    muted: [warning],
    heard: [
      { ...warning, instance: 'web-2' },
      { ...warning, metric: 'disk.inode.usage.percent' },
      { ...warning, device: '/dev/sdb1' },
      { ...warning, mountpoint: '/srv' },
      { ...warning, severity: 'critical', alertname: 'Other' },
    ],
  },
  {
    what: 'critical of one CPU does not mute the warning of another',
    source: { alertname: 'C', severity: 'critical', instance: 'web-1', metric: 'cpu.cores.usage', cpu: '0' },
    muted: [{ alertname: 'W', severity: 'warning', instance: 'web-1', metric: 'cpu.cores.usage', cpu: '0' }],
    heard: [{ alertname: 'W', severity: 'warning', instance: 'web-1', metric: 'cpu.cores.usage', cpu: '1' }],
  },
  {
    what: 'critical without a metric mutes no warning without one',
    source: { alertname: 'C', severity: 'critical', instance: 'web-1' },
    heard: [{ alertname: 'W', severity: 'warning', instance: 'web-1' }],
  },
  {
    what: "HostDown mutes the host's others, not itself, nor those of the programs on the machine, nor of other hosts",
    source: hostDown,
    muted: [critical, warning, { alertname: 'Mine', severity: 'critical', instance: 'web-1' }],
    heard: [
      { alertname: 'RelayDown', severity: 'critical', instance: 'web-1', job: 'relay' },
      { alertname: 'GatewayErrors', severity: 'warning', instance: 'web-1', job: 'gateway' },
      { ...critical, instance: 'web-3' },
      { ...hostDown, instance: 'web-2' },
    ],
  },
  {
    what: 'a gateway that is down mutes LivenessUnknown of every host, which mutes HostDown of its host',
    source: { alertname: 'GatewayDown', severity: 'critical', instance: 'server', job: 'gateway' },
    muted: [{ alertname: 'LivenessUnknown', severity: 'warning', instance: 'web-1', job: 'node' }, hostDown],
    heard: [{ ...hostDown, instance: 'web-2' }],
  },
  {
    what: 'nothing mutes Watchdog',
    source: hostDown,
    heard: [
      { alertname: 'Watchdog', severity: 'none' },
      { alertname: 'Watchdog', severity: 'none', instance: 'web-1' },
    ],
  },
  {
    what: 'an alert without a host mutes nothing and is never muted',
    source: { alertname: 'HostDown', severity: 'critical', metric: 'x' },
    heard: [
      { alertname: 'Fleet', severity: 'warning', metric: 'x' },
      { alertname: 'Watchdog', severity: 'none' },
      warning,
    ],
  },
];

let folder = '';
let alertmanager: TestAlertmanager;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-inhibition-'));
});

beforeEach(async () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'alertmanager.yml'), 'utf8');
  const own = mkdtempSync(join(folder, 'case-'));
  writeFileSync(join(own, 'relay-token'), 'secret');
  const config = parse(text) as Record<string, unknown>;
  alertmanager = createAlertmanager({ port: await freePort(), folder: own, config });
  await alertmanager.start();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Shown {
  readonly labels: Labels;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

/** Returns Alertmanager's state of all alerts once each is processed. */
async function show(count: number): Promise<readonly Shown[]> {
  return eventually({ what: `${count} processed alerts`, limitMs: 20_000 }, async () => {
    const alerts = (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as readonly Shown[];
    const processed = alerts.filter(({ status }) => status.state !== 'unprocessed');
    return processed.length === count ? processed : undefined;
  });
}

async function send(alerts: readonly Labels[]): Promise<void> {
  const { status } = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels }))),
  });
  expect(status).toBe(200);
}

describe('inhibition', () => {
  test.each(cases)(
    '$what',
    async ({ source, muted = [], heard = [] }) => {
      try {
        await send([source]);
        await show(1);
        await send([...muted, ...heard]);
        const shown = await show(1 + muted.length + heard.length);
        const key = (labels: Labels) => JSON.stringify(labels, Object.keys(labels).sort());
        const inhibited = shown.filter(({ status }) => status.inhibitedBy.length > 0).map(({ labels }) => key(labels));
        expect(inhibited.sort()).toEqual(muted.map(key).sort());
      } finally {
        await alertmanager.stop('SIGTERM');
      }
    },
    60_000,
  );
});
