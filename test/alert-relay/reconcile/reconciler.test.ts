/** The reconciler against servers with the APIs of Alertmanager and Prometheus. The e2e restart matrix uses the real ones. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createReconciler } from '../../../alert-relay/reconcile/reconciler.ts';
import { createPrometheusConnection, type PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { type PipelineHarness, startPipeline } from '../../support/pipeline-harness.ts';

/** The alerts that the two servers have. A name is an alert's fingerprint and its alertname. */
interface Known {
  alertmanager: readonly string[] | 'down';
  suppressed: readonly string[];
  prometheus: readonly string[] | 'down';
}

let harness: PipelineHarness;
let known: Known;
let server: Server;
const connections: PrometheusConnection[] = [];
let reconcile: () => Promise<void>;

beforeEach(async () => {
  harness = await startPipeline();
  known = { alertmanager: [], suppressed: [], prometheus: [] };
  server = createServer((request, response) => {
    const isAlertmanager = request.url?.startsWith('/api/v2/alerts') === true;
    const names = isAlertmanager ? known.alertmanager : known.prometheus;
    if (names === 'down') return void response.writeHead(503).end();
    const list = isAlertmanager ? names.map(toAlertmanager) : names.map(toPrometheus);
    response.end(JSON.stringify(isAlertmanager ? list : { status: 'success', data: { alerts: list } }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const connect = (name: 'Alertmanager' | 'Prometheus'): PrometheusConnection => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connection = createPrometheusConnection({
      name,
      url,
      timeoutMs: 2_000,
      maxConcurrency: 2,
      maxAnswerBytes: 2 ** 20,
    });
    connections.push(connection);
    return connection;
  };
  const { store, pipeline, metrics, log, now } = harness;
  const reconciler = createReconciler({
    db: store.db,
    pipeline,
    alertmanager: connect('Alertmanager'),
    prometheus: connect('Prometheus'),
    absentForMs: 600_000,
    intervalMs: 60_000,
    metrics,
    log: { ...log, warn: () => undefined },
    now,
  });
  reconcile = () => reconciler.reconcile();
});

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await harness.stop();
});

function toAlertmanager(name: string) {
  return {
    fingerprint: name,
    labels: { alertname: name, instance: 'web-1', severity: 'warning' },
    annotations: { value: '99' },
    startsAt: '2026-03-01T12:00:00.000Z',
    endsAt: '2026-03-01T13:00:00.000Z',
    generatorURL: 'http://prometheus.test/graph',
    receivers: [{ name: 'relay' }],
    status: { state: known.suppressed.includes(name) ? 'suppressed' : 'active', inhibitedBy: [], silencedBy: [] },
  };
}

/** Without external labels, which Prometheus adds only for Alertmanager. */
function toPrometheus(name: string) {
  return { labels: { alertname: name, instance: 'web-1' }, annotations: {}, state: 'pending', value: '1' };
}

async function fire(name: string): Promise<void> {
  await harness.post([{ name, startsAtMs: harness.at(0) }]);
  await harness.settled();
}

/** Reconciles once a minute from `from` to `to`, in seconds, and returns the messages that the channel got. */
async function runBetween(from: number, to: number): Promise<readonly string[]> {
  for (let seconds = from; seconds <= to; seconds += 60) {
    harness.setTime(seconds);
    await reconcile();
  }
  await harness.settled();
  return harness.told();
}

const resolutions = async (): Promise<readonly (string | null)[]> => {
  const rows = await harness.store.db.selectFrom('alert_history').select('resolution').orderBy('id').execute();
  return rows.map(({ resolution }) => resolution);
};

describe('an episode whose alert is absent', () => {
  test('is closed after exactly ten minutes, as not announced', async () => {
    await fire('A');
    expect(harness.told()).toEqual(['firing A']);
    expect(await runBetween(60, 600)).toEqual([]);
    expect(await resolutions()).toEqual([null]);
    expect(await runBetween(660, 660)).toEqual(['resolved A']);
    expect(await resolutions()).toEqual(['not_announced']);
    const { body } = harness.sinks['ops']?.received[1] ?? {};
    expect(body).toMatchObject({ announced: false, ended_at: new Date(harness.at(60)).toISOString() });
    expect(await runBetween(720, 1_500)).toEqual([]);
  });

  test.each([
    ['Alertmanager still has it', { alertmanager: ['A'] }],
    ['Prometheus still has it, pending', { prometheus: ['A'] }],
    ['Alertmanager has it silenced', { alertmanager: ['A'], suppressed: ['A'] }],
    ['Alertmanager is down', { alertmanager: 'down' }],
    ['Prometheus is down', { prometheus: 'down' }],
  ] as const)('stays open when %s', async (_name, state) => {
    Object.assign(known, state);
    await fire('A');
    expect(await runBetween(60, 1_800)).toEqual(['firing A']);
    expect(await resolutions()).toEqual([null]);
  });

  test.each([
    ['the alert was back for a moment', { prometheus: ['A'] }],
    ['Prometheus was unreachable for a moment', { prometheus: 'down' }],
  ] as const)('the ten minutes begin again when %s', async (_name, state) => {
    await fire('A');
    expect(await runBetween(60, 540)).toEqual(['firing A']);
    Object.assign(known, state);
    expect(await runBetween(600, 600)).toEqual([]);
    known.prometheus = [];
    expect(await runBetween(660, 1_200)).toEqual([]);
    expect(await runBetween(1_260, 1_260)).toEqual(['resolved A']);
  });

  test('is closed at the next comparison if it was silenced or inhibited: no resolution is announced then', async () => {
    await fire('A');
    Object.assign(known, { alertmanager: ['A'], suppressed: ['A'] });
    expect(await runBetween(60, 1_200)).toEqual(['firing A']);
    known.alertmanager = [];
    expect(await runBetween(1_260, 1_260)).toEqual([]);
    expect(await runBetween(1_320, 1_320)).toEqual(['resolved A']);
  });

  test('waits for ten minutes if its silence had ended', async () => {
    await fire('A');
    Object.assign(known, { alertmanager: ['A'], suppressed: ['A'] });
    await runBetween(60, 120);
    known.suppressed = [];
    await runBetween(180, 180);
    known.alertmanager = [];
    expect(await runBetween(240, 780)).toEqual([]);
    expect(await runBetween(840, 840)).toEqual(['resolved A']);
  });

  test('only that episode is closed', async () => {
    known.alertmanager = ['B'];
    await fire('A');
    await fire('B');
    expect(await runBetween(60, 660)).toEqual(['firing A', 'firing B', 'resolved A']);
    expect(await resolutions()).toEqual(['not_announced', null]);
  });

  test('a late announcement of the resolution has no effect', async () => {
    await fire('A');
    await runBetween(60, 660);
    await harness.post([{ name: 'A', status: 'resolved', startsAtMs: harness.at(0), endsAtMs: harness.at(61) }]);
    await harness.settled();
    expect(harness.told()).toEqual([]);
    expect(await resolutions()).toEqual(['not_announced']);
  });
});

describe('an older firing just after the resolution', () => {
  async function endAndRefire(): Promise<void> {
    await fire('A');
    harness.setTime(240);
    await harness.post([{ name: 'A', status: 'resolved', startsAtMs: harness.at(0), endsAtMs: harness.at(240) }]);
    harness.setTime(250);
    await fire('A');
    expect(harness.told()).toEqual(['firing A', 'resolved A']);
  }

  test('is a late copy if Alertmanager does not have the alert', async () => {
    await endAndRefire();
    expect(await runBetween(300, 300)).toEqual([]);
    known.alertmanager = ['A'];
    expect(await runBetween(360, 360)).toEqual([]);
    expect(await resolutions()).toEqual(['announced']);
  });

  test('is a new episode if Alertmanager has the alert', async () => {
    await endAndRefire();
    known.alertmanager = ['A'];
    expect(await runBetween(300, 360)).toEqual(['firing A']);
    expect(await resolutions()).toEqual(['announced', null]);
  });

  test('waits for the end of a silence', async () => {
    await endAndRefire();
    Object.assign(known, { alertmanager: ['A'], suppressed: ['A'] });
    expect(await runBetween(300, 600)).toEqual([]);
    known.suppressed = [];
    expect(await runBetween(660, 660)).toEqual(['firing A']);
  });

  test('opens an episode at once if it arrives after the window', async () => {
    await fire('A');
    harness.setTime(240);
    await harness.post([{ name: 'A', status: 'resolved', startsAtMs: harness.at(0), endsAtMs: harness.at(240) }]);
    harness.setTime(541);
    await fire('A');
    expect(harness.told()).toEqual(['firing A', 'resolved A', 'firing A']);
  });
});
