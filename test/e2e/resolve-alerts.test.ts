/** Alerts of a changed rule, resolved in a real Alertmanager. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPrometheusConnection, type PrometheusConnection } from '../../common/prometheus/connection.ts';
import type { LoadedAlert } from '../../ingest-gateway/prometheus/rules-api.ts';
import { resolveAlerts } from '../../ingest-gateway/rules/edit/resolve-alerts.ts';
import { createAlertmanager, type TestAlertmanager } from '../support/alertmanager.ts';
import { eventually } from '../support/eventually.ts';
import { createLogLines } from '../support/log-lines.ts';
import { freePort } from '../support/process.ts';

type Labels = Readonly<Record<string, string>>;

let folder = '';
let server: TestAlertmanager;
let alertmanager: PrometheusConnection;

const bounds = { timeoutMs: 10_000, maxConcurrency: 2, maxAnswerBytes: 1_000_000 };
const connect = (url: string) => createPrometheusConnection({ name: 'Alertmanager', url, ...bounds });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-resolve-alerts-'));
  server = createAlertmanager({
    port: await freePort(),
    folder,
    config: { route: { receiver: 'none', group_wait: '100ms' }, receivers: [{ name: 'none' }] },
  });
  await server.start();
  alertmanager = connect(server.url);
});
afterAll(async () => {
  alertmanager.close();
  await server.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function fire(alerts: readonly Labels[]): Promise<void> {
  const startsAt = new Date(Date.now() - 60_000).toISOString();
  const json = alerts.map((labels) => ({ labels, startsAt, annotations: { value: '5' } }));
  expect(await alertmanager.call({ method: 'POST', path: '/api/v2/alerts', json })).toMatchObject({ status: 200 });
  await eventually({ what: 'the alerts fire', limitMs: 20_000 }, async () => {
    const found = await active(alerts[0]?.['alertname'] ?? '');
    return found.length === alerts.length ? true : undefined;
  });
}

/** The labels of the firing alerts of that name, in a stable order. */
async function active(name: string): Promise<readonly Labels[]> {
  const parameters = new URLSearchParams({ filter: `alertname="${name}"` });
  const { body } = await alertmanager.call({ method: 'GET', path: '/api/v2/alerts', parameters });
  const found = (JSON.parse(body.toString('utf8')) as { labels: Labels }[]).map(({ labels }) => labels);
  return found.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const loaded = (labels: Labels): LoadedAlert => ({
  labels,
  state: 'firing',
  activeAtMs: Date.now() - 60_000,
  value: 5,
});

async function resolve(before: readonly Labels[], after: readonly Labels[], to = alertmanager) {
  const lines = createLogLines();
  const { log } = lines;
  await resolveAlerts(
    { before: before.map(loaded), after: after.map(loaded) },
    { alertmanager: to, now: Date.now, log },
  );
  return lines.messages('warn');
}

/** Independent of the order of the labels. */
function render(labels: Labels): string {
  const names = Object.keys(labels).sort((a, b) => (a < b ? -1 : 1));
  return names.map((name) => `${name}=${labels[name]}`).join();
}

const external = { cluster: 'test' };

/** Firing in Alertmanager with external labels; then the alerts of the rule before and after the edit. */
const cases: Readonly<
  Record<
    string,
    { readonly before: readonly Labels[]; readonly after: readonly Labels[]; readonly stays: readonly Labels[] }
  >
> = {
  'a removed rule': { before: [{ instance: 'a' }, { instance: 'b' }], after: [], stays: [] },
  'an unchanged alert': { before: [{ instance: 'a' }], after: [{ instance: 'a' }], stays: [{ instance: 'a' }] },
  'a label added': { before: [{ instance: 'a' }], after: [{ instance: 'a', team: 'x' }], stays: [] },
  'a label removed': { before: [{ instance: 'a', team: 'x' }], after: [{ instance: 'a' }], stays: [] },
  'a label changed': {
    before: [
      { instance: 'a', team: 'x' },
      { instance: 'b', team: 'x' },
    ],
    after: [{ instance: 'a', team: 'y' }],
    stays: [],
  },
  'one of two series': {
    before: [{ instance: 'a' }, { instance: 'b' }],
    after: [{ instance: 'b' }],
    stays: [{ instance: 'b' }],
  },
  'a series whose labels are part of another series': {
    before: [{ instance: 'a' }, { instance: 'a', device: 'sda' }],
    after: [{ instance: 'a', device: 'sda' }],
    stays: [{ instance: 'a', device: 'sda' }],
  },
};

test.each(Object.entries(cases))('%s', async (name, { before, after, stays }) => {
  const alertname = name.replaceAll(' ', '_');
  const named = (all: readonly Labels[]) => all.map((labels) => ({ alertname, ...labels }));
  await fire(named(before).map((labels) => ({ ...labels, ...external })));
  expect(await resolve(named(before), named(after))).toEqual([]);
  const expected = named(stays).map((labels) => render({ ...labels, ...external }));
  await eventually({ what: `${name}: the others are resolved`, limitMs: 20_000 }, async () => {
    const found = (await active(alertname)).map(render);
    return isDeepStrictEqual(new Set(found), new Set(expected)) ? true : undefined;
  });
});

test('an alert that Alertmanager does not have is posted as ended, which it accepts', async () => {
  expect(await resolve([{ alertname: 'Unknown', instance: 'a' }], [])).toEqual([]);
  expect(await active('Unknown')).toEqual([]);
});

test('an Alertmanager that does not answer is logged', async () => {
  const unreachable = connect('http://127.0.0.1:1');
  expect(await resolve([{ alertname: 'X' }], [], unreachable)).toEqual([
    'the alerts of a changed rule were not resolved in Alertmanager',
  ]);
  unreachable.close();
});
