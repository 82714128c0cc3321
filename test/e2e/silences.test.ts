/** Silences in a real Alertmanager, created through the gateway. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { matchersOf, renderMatchers } from '../../common/alertmanager/matchers.ts';
import { createAlertmanager, type TestAlertmanager } from '../support/alertmanager.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { freePort } from '../support/process.ts';

interface Silence {
  readonly id: string;
  readonly state: string;
  readonly matchers: readonly { readonly name: string }[];
  readonly starts_at: string;
  readonly ends_at: string;
  readonly created_by: string;
  readonly comment: string;
}

interface Active {
  readonly rule: string;
  readonly host?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: string;
  readonly silenced_by: readonly string[];
}

const odd = 'C:\\ "x", {y="z"}';
const alerts: readonly Readonly<Record<string, string>>[] = [
  { alertname: 'DiskUsageHigh', instance: 'web-1', mountpoint: odd, severity: 'warning' },
  { alertname: 'DiskUsageHigh', instance: 'web-1', mountpoint: '/', severity: 'warning' },
  { alertname: 'DiskUsageHigh', instance: 'web-2', mountpoint: odd, severity: 'warning' },
  { alertname: 'DiskUsageCritical', instance: 'web-1', mountpoint: odd, severity: 'critical' },
  { alertname: 'Watchdog', severity: 'none' },
];

let folder = '';
let alertmanager: TestAlertmanager;
let gateway: RunningGateway;
let admin = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-silences-'));
  const config = { route: { receiver: 'none' }, receivers: [{ name: 'none' }] };
  alertmanager = createAlertmanager({ port: await freePort(), folder, config });
  await alertmanager.start();
  gateway = await startGateway({ alertmanagerUrl: alertmanager.url });
  admin = await gateway.createKey({ scopes: ['admin'] });
  const sent = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels, annotations: { value: '91' } }))),
  });
  expect(sent.status).toBe(200);
});
afterAll(async () => {
  await gateway.stop();
  await alertmanager.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function ask(
  path: string,
  { method = 'GET', key = admin, body }: { method?: string; key?: string; body?: unknown } = {},
) {
  return gateway.fetch(path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function read<T>(response: Response, status = 200): Promise<T> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

const active = async (query = ''): Promise<readonly Active[]> =>
  (await read<{ alerts: Active[] }>(await ask(`/api/v1/alerts/active${query}`))).alerts;

test('a silence from the link of a notification mutes only its alert, until it is expired', async () => {
  const [target = {}] = alerts;
  await eventually({ what: 'Alertmanager shows every alert but Watchdog as heard', limitMs: 60_000 }, async () => {
    const found = await active();
    return found.length === alerts.length - 1 && found.every(({ state }) => state === 'active') ? found : undefined;
  });
  const filter = renderMatchers(matchersOf(target));
  const wouldMute = await active(`?filter=${encodeURIComponent(filter)}`);
  expect(wouldMute.map(({ labels }) => labels)).toEqual([target]);

  const beganMs = Date.now();
  const response = await ask('/api/v1/silences', {
    method: 'POST',
    body: { filter, duration: '2h', comment: 'known' },
  });
  const made = await read<Silence>(response, 201);
  expect(response.headers.get('location')).toBe(`/api/v1/silences/${made.id}`);
  expect(made).toMatchObject({ state: 'active', comment: 'known', created_by: 'key-2' });
  expect(Date.parse(made.ends_at)).toBeGreaterThanOrEqual(beganMs + 7_200_000);
  expect(Date.parse(made.ends_at)).toBeLessThanOrEqual(Date.now() + 7_200_000);
  const muted = await eventually({ what: 'one alert is muted', limitMs: 60_000 }, async () => {
    const found = (await active()).filter(({ state }) => state === 'suppressed');
    return found.length > 0 ? found : undefined;
  });
  expect(muted.map(({ labels, silenced_by }) => [labels, silenced_by])).toEqual([[target, [made.id]]]);

  expect((await ask(`/api/v1/silences/${made.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(`/api/v1/silences/${made.id}`, { method: 'DELETE' })).status).toBe(409);
  const ended = await read<Silence>(await ask(`/api/v1/silences/${made.id}`));
  expect(ended.state).toBe('expired');
  await eventually({ what: 'it is heard again', limitMs: 60_000 }, async () =>
    (await active()).every(({ state }) => state === 'active') ? true : undefined,
  );
});

test('lists by state and host, and replaces a silence', async () => {
  const matchers = [{ name: 'instance', value: 'db-1' }];
  const first = await read<Silence>(
    await ask('/api/v1/silences', {
      method: 'POST',
      body: { matchers, duration: 600, comment: 'a', created_by: 'ada' },
    }),
    201,
  );
  const startsAt = Date.now() + 3_600_000;
  const second = await read<Silence>(
    await ask('/api/v1/silences', {
      method: 'POST',
      body: {
        filter: 'instance=~"db-.*"',
        starts_at: startsAt,
        ends_at: new Date(startsAt + 1_000).toISOString(),
        comment: 'b',
      },
    }),
    201,
  );
  const idsOf = async (query: string): Promise<readonly string[]> =>
    (await read<{ silences: Silence[] }>(await ask(`/api/v1/silences${query}`))).silences.map(({ id }) => id);
  expect(first).toMatchObject({
    created_by: 'ada',
    matchers: [{ name: 'instance', value: 'db-1', isRegex: false, isEqual: true }],
  });
  expect(second.state).toBe('pending');
  expect(await idsOf('')).toEqual([first.id, second.id]);
  expect(await idsOf('?state=pending')).toEqual([second.id]);
  expect(await idsOf('?host=db-1')).toEqual([first.id]);
  expect(await idsOf('?host=db-2')).toEqual([]);
  const longer = await read<Silence>(
    await ask('/api/v1/silences', {
      method: 'POST',
      body: { id: first.id, matchers, duration: '1d', comment: 'longer' },
    }),
    201,
  );
  expect(longer).toMatchObject({ comment: 'longer', state: 'active' });
  expect(await idsOf('?host=db-1')).toEqual([longer.id]);
});

test('a credential that is bound to a host sees and changes only silences of that host', async () => {
  const bound = await gateway.createKey({ scopes: ['admin'], host: 'web-1' });
  const body = (host: string) => ({ filter: `{instance="${host}"}`, duration: '1h', comment: 'a' });
  const foreign = await read<Silence>(await ask('/api/v1/silences', { method: 'POST', body: body('web-2') }), 201);
  const own = await read<Silence>(
    await ask('/api/v1/silences', { method: 'POST', key: bound, body: body('web-1') }),
    201,
  );
  const listed = await read<{ silences: Silence[] }>(await ask('/api/v1/silences', { key: bound }));
  expect(listed.silences.map(({ id }) => id)).toEqual([own.id]);
  expect(new Set((await active()).map(({ host }) => host))).toEqual(new Set(['web-1', 'web-2']));
  const seen = await read<{ alerts: Active[] }>(await ask('/api/v1/alerts/active', { key: bound }));
  expect(new Set(seen.alerts.map(({ host }) => host))).toEqual(new Set(['web-1']));
  for (const method of ['GET', 'DELETE'])
    expect((await ask(`/api/v1/silences/${foreign.id}`, { method, key: bound })).status).toBe(403);
  const wide = [
    { ...body('web-1'), filter: 'alertname="DiskUsageHigh"' },
    body('web-2'),
    { ...body('web-1'), id: foreign.id },
  ];
  for (const each of wide)
    expect((await ask('/api/v1/silences', { method: 'POST', key: bound, body: each })).status).toBe(403);
  expect((await ask(`/api/v1/silences/${own.id}`, { method: 'DELETE', key: bound })).status).toBe(204);
});

test('a refusal has the message of Alertmanager; an unknown silence is 404', async () => {
  const inThePast = { filter: 'a=b', starts_at: '2020-01-01T00:00:00Z', ends_at: '2020-01-02T00:00:00Z', comment: 'a' };
  for (const [body, words] of [
    [inThePast, /past/],
    [{ filter: 'a=~"("', duration: '1h', comment: 'a' }, /regex|parenthesis|missing closing/],
    [{ filter: 'a=~".*"', duration: '1h', comment: 'a' }, /empty/],
  ] as const) {
    const response = await ask('/api/v1/silences', { method: 'POST', body });
    expect(response.status).toBe(422);
    expect(((await response.json()) as { error: string }).error).toMatch(words);
  }
  const nobody = '0f0e2b9c-7a52-4d0e-9c59-0f6f2f8f3a11';
  for (const method of ['GET', 'DELETE'])
    expect((await ask(`/api/v1/silences/${nobody}`, { method })).status).toBe(404);
  const replaced = { id: nobody, filter: 'a=b', duration: '1h', comment: 'a' };
  expect((await ask('/api/v1/silences', { method: 'POST', body: replaced })).status).toBe(404);
  expect((await ask('/api/v1/alerts/active?filter=a%3D~%22(%22')).status).toBe(422);
});
