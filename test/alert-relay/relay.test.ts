/** The relay as a service: its HTTP responses, metrics, reload, start and stop. */
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from '@jest/globals';
import { relaySettings } from '../../alert-relay/config.ts';
import { assembleRelay, createRelay, type Relay } from '../../alert-relay/relay.ts';
import { createLifecycle } from '../../common/program/lifecycle.ts';
import { createLog } from '../../common/program/log.ts';
import { loadConfig } from '../../common/program/settings/config.ts';
import { openStore } from '../../common/store/open.ts';
import { tryRelayChannels } from '../../common/store/relay-records.ts';
import { endsWithin } from '../support/ends-within.ts';
import { eventually } from '../support/eventually.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { type TestAlert, webhookPayloadOf } from '../support/webhook-payload.ts';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts';

interface Running {
  readonly relay: Relay;
  readonly url: string;
  readonly databasePath: string;
  readonly sink: WebhookSink;
  readonly logged: readonly string[];
  /** Changes the config file: the first settings and these. */
  readonly readFrom: (changed: Record<string, unknown>) => void;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(settings: Record<string, unknown> = {}): Promise<Running> {
  const sink = await startWebhookSink();
  const databasePath = join(mkdtempSync(join(tmpdir(), 'hostpulse-relay-')), 'hostpulse.db');
  const root = {
    web: { listen_address: ['127.0.0.1:0'], drain_delay: '0s' },
    database: { path: databasePath },
    webhook: { token: 't0ken' },
    channels: { ops: { type: 'webhook', url: sink.url } },
    ...settings,
  };
  let current: Record<string, unknown> = root;
  const load = () => {
    const file = { root: current, problems: [], placeOf: () => 'test' };
    return loadConfig(relaySettings, { program: 'relay', flags: {}, environment: {}, file });
  };
  const config = load();
  const readConfig = async () => load();
  const readFrom = (changed: Record<string, unknown>): void => {
    current = { ...root, ...changed };
  };
  const logged: string[] = [];
  const log = createLog({ level: 'info', format: 'logfmt', program: 'relay', write: (line) => void logged.push(line) });
  const relay = createRelay(config, { log, version: '0.0.0', environment: {}, readConfig });
  stops.push(
    () => sink.stop(),
    () => relay.stop(),
  );
  await relay.start();
  return { relay, url: `http://127.0.0.1:${relay.bound()[0]?.port}`, databasePath, sink, logged, readFrom };
}

const usual = { 'Content-Type': 'application/json', Authorization: 'Bearer t0ken' };

function post(url: string, body: unknown, headers: Record<string, string> = usual): Promise<Response> {
  return fetch(`${url}/webhook`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const alerts = (...list: TestAlert[]) => webhookPayloadOf(list);
const alertA: TestAlert = { name: 'A', startsAtMs: Date.parse('2026-03-01T12:00:00Z') };

async function metric(url: string, series: string): Promise<string | undefined> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return page
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);
}

describe('POST /webhook', () => {
  test('answers 200 once the alert is on disk, then the channel gets it', async () => {
    const { url, databasePath, sink } = await start();
    const response = await post(url, alerts(alertA));
    expect(response.status).toBe(200);
    const database = new DatabaseSync(databasePath, { readOnly: true });
    expect(database.prepare('select alertname, closed_at from alert_history').all()).toEqual([
      expect.objectContaining({ alertname: 'A', closed_at: null }),
    ]);
    expect(database.prepare('select count(*) as count from notifications').get()).toMatchObject({ count: 1 });
    database.close();
    await eventually({ what: 'delivered', limitMs: 5_000, pollMs: 10 }, () => sink.received[0]);
    expect(await metric(url, 'hostpulse_relay_webhooks_total{code="200"}')).toBe('1');
    expect(await metric(url, 'hostpulse_relay_open_episodes')).toBe('1');
  });

  test('answers 400 with the path of every invalid field', async () => {
    const { url } = await start();
    const payload = alerts(alertA) as { alerts: Record<string, unknown>[] };
    const broken = {
      ...payload,
      version: '3',
      alerts: [{ ...payload.alerts[0], startsAt: 'yesterday', labels: { a: 1 } }],
    };
    const response = await post(url, broken);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch(/application\/problem\+json/);
    const problem = (await response.json()) as { errors: { path: string }[] };
    expect(problem.errors.map(({ path }) => path)).toEqual(['version', 'alerts[0].labels.a', 'alerts[0].startsAt']);
    expect((await post(url, '{"version":')).status).toBe(400);
    expect(await metric(url, 'hostpulse_relay_webhooks_total{code="400"}')).toBe('2');
  });

  test('accepts unknown fields of later versions of Alertmanager', async () => {
    const { url } = await start();
    const payload = alerts(alertA) as { alerts: Record<string, unknown>[] };
    const later = { ...payload, news: 1, alerts: payload.alerts.map((alert) => ({ ...alert, news: 1 })) };
    expect((await post(url, later)).status).toBe(200);
  });

  test('answers 401 without the token, before the body is read', async () => {
    const { url } = await start();
    for (const authorization of ['', 'Bearer t0kenn', 'Bearer', 'Basic dDBrZW4='])
      expect((await post(url, 'no json', { ...usual, Authorization: authorization })).status).toBe(401);
    expect(await metric(url, 'hostpulse_relay_open_episodes')).toBe('0');
  });

  test('rejects requests from web pages', async () => {
    const { url } = await start({ webhook: {} });
    expect((await post(url, alerts(alertA), { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await post(url, alerts(alertA), { ...usual, Origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(url, alerts(alertA), { 'Content-Type': 'application/json' })).status).toBe(200);
  });

  test('accepts a group of ten thousand alerts; answers 413 above 64 MiB', async () => {
    const { url } = await start({ channels: {} });
    const pad = 'x'.repeat(800);
    const many = Array.from({ length: 10_000 }, (_, at) => ({ ...alertA, name: `A${at}`, annotations: { pad } }));
    expect((await post(url, alerts(...many))).status).toBe(200);
    expect(await metric(url, 'hostpulse_relay_open_episodes')).toBe('10000');
    expect((await post(url, `"${'x'.repeat(64 * 2 ** 20)}"`)).status).toBe(413);
  }, 180_000);

  test('answers 500 if the alert cannot be stored; a retry sends it once', async () => {
    const { url, databasePath, sink } = await start();
    const database = new DatabaseSync(databasePath);
    database.exec('alter table notifications rename to gone');
    expect((await post(url, alerts(alertA))).status).toBe(500);
    expect(database.prepare('select count(*) as count from alert_history').get()).toMatchObject({ count: 0 });
    database.exec('alter table gone rename to notifications');
    database.close();
    expect((await post(url, alerts(alertA))).status).toBe(200);
    await eventually({ what: 'delivered', limitMs: 10_000 }, () => sink.received[0]);
    expect(sink.received).toHaveLength(1);
  });
});

describe('other requests', () => {
  test('health, readiness, metrics, and a problem for anything else', async () => {
    const { url } = await start();
    expect(await (await fetch(`${url}/-/healthy`)).text()).toBe('healthy\n');
    expect((await fetch(`${url}/-/ready`)).status).toBe(200);
    const response = await fetch(`${url}/api`);
    expect(response.status).toBe(404);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  test('counters start at 0; times of events that never happened are absent', async () => {
    const { url } = await start();
    for (const outcome of ['ok', 'retry', 'drop'])
      expect(await metric(url, `hostpulse_relay_deliveries_total{channel="ops",outcome="${outcome}"}`)).toBe('0');
    for (const reason of ['rejected', 'expired', 'channel_removed'])
      expect(await metric(url, `hostpulse_relay_dropped_total{channel="ops",reason="${reason}"}`)).toBe('0');
    expect(await metric(url, 'hostpulse_relay_outbox_length{channel="ops"}')).toBe('0');
    expect(await metric(url, 'hostpulse_relay_outbox_oldest_age_seconds{channel="ops"}')).toBe('0');
    expect(await metric(url, 'hostpulse_relay_last_webhook_timestamp_seconds')).toBeUndefined();
    expect(await metric(url, 'hostpulse_relay_watchdog_last_timestamp_seconds')).toBeUndefined();
  });

  test('the time of the Watchdog survives a restart; the Watchdog is no episode', async () => {
    const { url, relay, databasePath } = await start();
    const before = Date.now() / 1_000;
    await post(url, alerts({ ...alertA, name: 'Watchdog' }));
    expect(await metric(url, 'hostpulse_relay_open_episodes')).toBe('0');
    await relay.stop();
    const again = await start({ database: { path: databasePath } });
    const seconds = Number(await metric(again.url, 'hostpulse_relay_watchdog_last_timestamp_seconds'));
    expect(seconds).toBeGreaterThanOrEqual(before);
    expect(seconds).toBeLessThanOrEqual(Date.now() / 1_000);
  });

  test('warns at start that there is no channel and that the webhook needs no token', async () => {
    const { logged } = await start({ channels: {}, webhook: {} });
    expect(logged.join('')).toMatch(/no channel is configured/);
    expect(logged.join('')).toMatch(/webhook\.token is not set/);
  });
});

describe('reload', () => {
  test('channels and routes change; pending messages are kept; an invalid file changes nothing', async () => {
    const other = await startWebhookSink();
    stops.push(() => other.stop());
    const { url, relay, sink, readFrom } = await start();
    sink.answerWith(500);
    await post(url, alerts(alertA));
    await eventually({ what: 'an attempt', limitMs: 5_000, pollMs: 10 }, async () =>
      (await metric(url, 'hostpulse_relay_deliveries_total{channel="ops",outcome="retry"}')) === '1' ? true : undefined,
    );
    sink.answerWith(200);
    const hook = (to: WebhookSink) => ({ type: 'webhook', url: to.url });
    readFrom({ channels: { ops: hook(sink), other: hook(other) }, routes: [{ channels: ['other'] }] });
    await relay.reload?.();
    expect(await metric(url, 'hostpulse_relay_deliveries_total{channel="other",outcome="ok"}')).toBe('0');
    await post(url, alerts({ ...alertA, name: 'B' }));
    await eventually(
      { what: 'both channels have a message', limitMs: 10_000, pollMs: 10 },
      () => sink.received[0] && other.received[0],
    );
    expect([sink, other].map(({ received }) => received.map(({ body }) => body['alert']))).toEqual([['A'], ['B']]);
    readFrom({ channels: { ops: { type: 'pager' } } });
    await expect(relay.reload?.()).rejects.toThrow(/channels\.ops\.type/);
    await post(url, alerts({ ...alertA, name: 'C' }));
    await eventually({ what: 'C is delivered', limitMs: 5_000, pollMs: 10 }, () => other.received[1]);
  });
});

describe('a channel that is added while an alert is firing', () => {
  const end: TestAlert = { ...alertA, status: 'resolved', endsAtMs: alertA.startsAtMs + 60_000 };
  const toldOf = ({ received }: WebhookSink) => received.map(({ body }) => [body['alert'], body['status']]);

  /** Starts a server with Alertmanager's API and one alert in this state. Returns its URL. */
  async function startAlertmanager(state: 'active' | 'suppressed'): Promise<string> {
    const [alert] = alerts(alertA).alerts as readonly Record<string, unknown>[];
    const { fingerprint, labels, annotations, startsAt } = alert ?? {};
    const list = [{ fingerprint, labels, annotations, startsAt, status: { state } }];
    const server = createServer((_, response) => void response.end(JSON.stringify(list)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function startWithNew(settings: Record<string, unknown>) {
    const added = await startWebhookSink();
    stops.push(() => added.stop());
    const running = await start(settings);
    const { url, relay, sink, readFrom } = running;
    await post(url, alerts(alertA));
    await eventually({ what: 'the first channel has the message', limitMs: 5_000, pollMs: 10 }, () => sink.received[0]);
    const hook = (to: WebhookSink) => ({ type: 'webhook', url: to.url });
    readFrom({ ...settings, channels: { ops: hook(sink), added: hook(added) } });
    await relay.reload?.();
    return { ...running, added };
  }

  test('gets the firing once, at the next comparison, and then the resolution', async () => {
    const reconciled = { alertmanager: { url: await startAlertmanager('active') }, reconcile: { interval: '1s' } };
    const { url, sink, added } = await startWithNew(reconciled);
    await eventually({ what: 'the beginning', limitMs: 10_000, pollMs: 10 }, () => added.received[0]);
    await new Promise((resolve) => setTimeout(resolve, 2_500)); // further comparisons add nothing
    await post(url, alerts(end));
    await eventually({ what: 'the end', limitMs: 5_000, pollMs: 10 }, () => added.received[1] && sink.received[1]);
    for (const each of [sink, added])
      expect(toldOf(each)).toEqual([
        ['A', 'firing'],
        ['A', 'resolved'],
      ]);
    expect(added.received[0]?.body['reminder']).toBe(false);
  });

  test.each([
    ['a suppressed alert', { reconcile: { interval: '1s' } }],
    ['without Alertmanager', {}],
  ])('%s: gets neither the firing nor the resolution', async (_, settings) => {
    const isMuted = 'reconcile' in settings;
    const asked = isMuted ? { alertmanager: { url: await startAlertmanager('suppressed') } } : {};
    const { url, sink, added } = await startWithNew({ ...settings, ...asked });
    if (isMuted) await new Promise((resolve) => setTimeout(resolve, 2_500));
    await post(url, alerts(end));
    await eventually({ what: 'the end', limitMs: 5_000, pollMs: 10 }, () => sink.received[1]);
    expect(toldOf(added)).toEqual([]);
  });
});

test('the gateway can read the channels after the start and after a reload', async () => {
  const { relay, databasePath, sink, readFrom } = await start();
  const store = await openStore({ path: databasePath });
  stops.unshift(() => store.close());
  expect(await tryRelayChannels(store.db)).toEqual(['ops']);
  readFrom({ channels: { b: { type: 'webhook', url: sink.url }, a: { type: 'webhook', url: sink.url } } });
  await relay.reload?.();
  expect(await tryRelayChannels(store.db)).toEqual(['a', 'b']);
  readFrom({ channels: {} });
  await relay.reload?.();
  expect(await tryRelayChannels(store.db)).toEqual([]);
});

describe('stop', () => {
  test('does not wait long for a hanging receiver, keeps the message, and is idempotent', async () => {
    const first = await start();
    first.sink.hang();
    await post(first.url, alerts(alertA));
    await eventually({ what: 'the attempt is under way', limitMs: 5_000 }, async () =>
      (await metric(first.url, 'hostpulse_relay_outbox_length{channel="ops"}')) === '1' ? true : undefined,
    );
    expect(await endsWithin(9_000, Promise.all([first.relay.stop(), first.relay.stop()]))).toBe(true);
    await first.relay.stop();
    await expect(fetch(`${first.url}/-/ready`)).rejects.toThrow();
    const second = await start({ database: { path: first.databasePath } });
    await eventually({ what: 'delivered after the restart', limitMs: 5_000 }, () => second.sink.received[0]);
    expect(second.sink.received).toHaveLength(1);
  }, 20_000);

  test('an occupied port is one clear error', async () => {
    const { relay } = await start();
    const port = relay.bound()[0]?.port;
    await expect(start({ web: { listen_address: [`127.0.0.1:${port}`] } })).rejects.toThrow(/already in use/);
  });
});

describe('the assembly', () => {
  const heartbeat = { url: 'http://127.0.0.1:1/', interval: '1m' };
  const settings = {
    alertmanager: { url: 'http://127.0.0.1:1' },
    prometheus: { url: 'http://127.0.0.1:1' },
    heartbeat,
  };
  const names = [
    'connections',
    'pictures',
    'channels',
    'pipeline',
    'escalation',
    'presence',
    'retention',
    'reconcile',
    'heartbeat',
    'server',
    'readiness',
  ];

  async function assemble(more: Record<string, unknown> = {}) {
    const database = { path: join(mkdtempSync(join(tmpdir(), 'hostpulse-relay-')), 'hostpulse.db') };
    const root = { web: { listen_address: ['127.0.0.1:0'], drain_delay: '0s' }, database, ...more };
    const file = { root, problems: [], placeOf: () => 'test' };
    const config = loadConfig(relaySettings, { program: 'relay', flags: {}, environment: {}, file });
    const store = await openStore({ path: config.databasePath });
    stops.push(() => store.close());
    const log = createRecordingLog();
    const assembly = assembleRelay(store.db, { config, log, version: '0.0.0' });
    const events: string[] = [];
    /** The real parts. Each records its start and stop, and then fails if the test asks for it. */
    const lifecycleOf = (failures: readonly string[]) =>
      createLifecycle({
        log,
        parts: assembly.parts.map(({ name, start: startPart, stop: stopPart }) => ({
          name,
          async start() {
            await startPart?.();
            events.push(`start ${name}`);
            if (failures.includes(`start ${name}`)) throw new Error(`${name} fails to start`);
          },
          async stop() {
            await stopPart?.();
            events.push(`stop ${name}`);
            if (failures.includes(`stop ${name}`)) throw new Error(`${name} fails to stop`);
          },
        })),
      });
    return { assembly, log, events, lifecycleOf };
  }

  test('parts start in order and stop in reverse order; optional ones are left out', async () => {
    const { events, lifecycleOf } = await assemble(settings);
    const lifecycle = lifecycleOf([]);
    await lifecycle.start();
    expect(events.splice(0)).toEqual(names.map((name) => `start ${name}`));
    await lifecycle.stop();
    expect(events).toEqual(names.toReversed().map((name) => `stop ${name}`));
    const { assembly } = await assemble();
    expect(assembly.parts.map(({ name }) => name)).toEqual(
      names.filter((name) => name !== 'reconcile' && name !== 'heartbeat'),
    );
  });

  test.each(names)('%s fails to stop: every other part is stopped', async (name) => {
    const { assembly, log, events, lifecycleOf } = await assemble(settings);
    const lifecycle = lifecycleOf([`stop ${name}`]);
    await lifecycle.start();
    await lifecycle.stop();
    expect(events.filter((event) => event.startsWith('stop'))).toEqual(
      names.toReversed().map((each) => `stop ${each}`),
    );
    expect(assembly.server.bound()).toEqual([]);
    const errors = log.lines.filter(({ level }) => level === 'error').map(({ msg }) => msg);
    expect(errors).toEqual([`${name} did not stop; the remaining parts are stopped`]);
  });

  test('the server fails to start: stop reaches every part', async () => {
    const { assembly, events, lifecycleOf } = await assemble(settings);
    const lifecycle = lifecycleOf(['start server']);
    await expect(lifecycle.start()).rejects.toThrow('server fails to start');
    expect(events.splice(0)).not.toContain('start readiness');
    await lifecycle.stop();
    expect(events).toEqual(names.toReversed().map((name) => `stop ${name}`));
    expect(assembly.server.bound()).toEqual([]);
  });
});
