/**
 * A backend with its own retention: a real VictoriaMetrics instead of Prometheus, vmalert for the product's rules, and
 * `retention.enabled: false`. Rollups, repair, the choice of tiers, current values, history and status work as with Prometheus.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../../common/program/log.ts';
import { loadConfig } from '../../common/program/settings/config.ts';
import { createPrometheusConnection, type PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import { settings } from '../../ingest-gateway/config.ts';
import { readPrometheusStart } from '../../ingest-gateway/forward/restart-watcher.ts';
import { createRepairWorker } from '../../ingest-gateway/rollups/repair/repair-windows.ts';
import { countRepairWindows } from '../../ingest-gateway/rollups/tier/tier-store.ts';
import { createTierParts } from '../../ingest-gateway/rollups/tiers.ts';
import { runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { freePort } from '../support/process.ts';
import { sampled, type TestSeries, writeSeries } from '../support/raw-series.ts';
import {
  createVictoriaMetrics,
  createVmalert,
  replayRules,
  type TestVictoriaMetrics,
} from '../support/victoria-metrics.ts';
import { meanIn, rateIn } from '../support/window-truth.ts';

const minuteMs = 60_000;
const rulesFolder = join(import.meta.dirname, '..', '..', 'rules');
const tierSteps = { '1m': minuteMs, '5m': 5 * minuteMs } as const;
const tierNames = ['1m', '5m'] as const;
/** The phase of a host's samples; on no rule's grid. */
const endMs = Math.floor(Date.now() / 5_000) * 5_000 - 5_000 + 1_234;
const startMs = endMs - 180 * minuteMs;
const cutMs = startMs + 60 * minuteMs;
const backMs = cutMs + 60 * minuteMs;
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-backend-'));
let backend: TestVictoriaMetrics;
let gateway: RunningGateway;
let connection: PrometheusConnection;

beforeAll(async () => {
  backend = createVictoriaMetrics({ port: await freePort(), folder });
  await backend.start();
  const bounds = { timeoutMs: 30_000, maxConcurrency: 2, maxAnswerBytes: 2 ** 25 };
  connection = createPrometheusConnection({ name: 'Prometheus', url: backend.url, ...bounds });
  gateway = await startGateway({ prometheusUrl: backend.url, retentionEnabled: false });
  await writeSeries(backend.url, part('in time'));
  await backend.flush();
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  connection.close();
  await backend.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

function hostSeries(host: string): readonly TestSeries[] {
  const labels = { job: 'node', instance: host };
  const range = { fromMs: startMs, toMs: endMs, stepMs: 5_000 };
  return [
    sampled({ __name__: 'node_load1', ...labels }, range, (timeMs) => 2 + Math.sin(timeMs / 55_000)),
    sampled({ __name__: 'node_network_receive_bytes_total', device: 'eth0', ...labels }, range, (timeMs) =>
      Math.round((timeMs - startMs) * 1.5 + 1e9),
    ),
  ];
}

const series = ['steady', 'cut-off'].flatMap(hostSeries);

function part(wanted: 'late' | 'in time'): readonly TestSeries[] {
  const isLate = ({ labels }: TestSeries, timeMs: number): boolean =>
    labels['instance'] === 'cut-off' && timeMs >= cutMs && timeMs < backMs;
  return series
    .map((each) => ({
      ...each,
      points: each.points.filter(([timeMs]) => isLate(each, timeMs) === (wanted === 'late')),
    }))
    .filter(({ points }) => points.length > 0);
}

/** Compares the points of every host on one grid with the samples; returns the number of points and of wrong ones. */
async function compare(tier: '1m' | '5m', host: string): Promise<{ count: number; off: number; gaps: number[] }> {
  const result = { count: 0, off: 0, gaps: new Set<number>() };
  const recorded = [
    [`instance:cpu_load_average_1m:avg${tier}`, 'node_load1', meanIn, 0],
    [`instance_device:network_io_bytes_recv:avg${tier}`, 'node_network_receive_bytes_total', rateIn, 5_000],
  ] as const;
  for (const [name, family, truthIn, moreMs] of recorded) {
    const selector = `${name}{instance="${host}"}`;
    const found = await queryRaw(connection, {
      selector,
      startMs: startMs + 10 * minuteMs,
      endMs: endMs - 2 * minuteMs,
    });
    expect(found).toHaveLength(1);
    const [{ points } = { points: [] }] = found;
    const raw = series.find(({ labels }) => labels['instance'] === host && labels['__name__'] === family)?.points ?? [];
    points.forEach(([timeMs, value], at) => {
      const truth = truthIn(raw, { endMs: timeMs - 15_000, rangeMs: tierSteps[tier] + moreMs }) ?? Number.NaN;
      if (!(Math.abs(value / truth - 1) < 1e-9)) result.off += 1;
      const before = points[at - 1];
      if (before !== undefined) result.gaps.add(timeMs - before[0]);
    });
    result.count += points.length;
  }
  return { count: result.count, off: result.off, gaps: [...result.gaps] };
}

test('vmalert records both tiers with the unchanged rules; every point matches its samples', async () => {
  for (const tier of tierNames) {
    const file = join(rulesFolder, `recording-${tier}.rules.yml`);
    await replayRules({ url: backend.url, file, fromMs: startMs + 10 * minuteMs, toMs: endMs - 2 * minuteMs });
  }
  await backend.flush();
  expect(await compare('1m', 'steady')).toEqual({ count: 2 * 168, off: 0, gaps: [minuteMs] });
  expect(await compare('5m', 'steady')).toEqual({ count: 2 * 33, off: 0, gaps: [5 * minuteMs] });
  expect((await compare('1m', 'cut-off')).count).toBeLessThan(2 * 112);
});

test('vmalert continues to record, on its own grid', async () => {
  const text = readFileSync(join(rulesFolder, 'recording-1m.rules.yml'), 'utf8');
  const file = join(folder, 'quick.rules.yml');
  // A minute is too long to wait. Other names keep these points apart from the rollups.
  writeFileSync(file, text.replace('interval: 1m', 'interval: 1s').replaceAll(/avg1m$/gm, 'quick'));
  const vmalert = await createVmalert({ url: backend.url, file });
  await vmalert.start();
  try {
    const points = await eventually({ what: 'three points of vmalert', limitMs: 30_000 }, async () => {
      const range = { startMs: endMs, endMs: Date.now() + 1_000 };
      const selector = 'instance:cpu_load_average_1m:quick{instance="steady"}';
      const [found] = await queryRaw(connection, { selector, ...range });
      return (found?.points.length ?? 0) >= 3 ? found?.points : undefined;
    });
    expect(points.map(([timeMs]) => timeMs % 1_000)).toEqual(points.map(() => 0));
    const raw = series[0]?.points ?? [];
    for (const [timeMs, value] of points) {
      const isTruth = (moreMs: number): boolean => {
        const truth = meanIn(raw, { endMs: timeMs + moreMs - 15_000, rangeMs: minuteMs }) ?? Number.NaN;
        return Math.abs(value / truth - 1) < 1e-9;
      };
      // For a query within the last second, VictoriaMetrics evaluates a second earlier (-search.latencyOffset) but returns the requested time.
      expect([0, -1_000].some(isTruth)).toBe(true);
    }
  } finally {
    await vmalert.stop('SIGKILL');
  }
});

test('late pushes get a repair window, and repair adds every missing point', async () => {
  const metrics = part('late').map(({ labels: { __name__: name, device }, points }) => ({
    name,
    type: name === 'node_load1' ? 'gauge' : 'counter',
    tags: device === undefined ? {} : { device },
    points,
  }));
  expect(await push({ host: 'cut-off', metrics })).toMatchObject({ accepted: 2 * 720, rejected: 0 });
  await awaitWindows();
  expect(await workOff()).toEqual([
    { tier: '1m', isAny: true, wrong: 0, remaining: 0 },
    { tier: '5m', isAny: true, wrong: 0, remaining: 0 },
  ]);
  await expectWhole();
});

test('after a kill, VictoriaMetrics lacks the last seconds; the gateway detects the restart and sends them again', async () => {
  await backend.stop('SIGTERM');
  await backend.start();
  const before = (await readPrometheusStart(connection)) ?? 0;
  expect(Math.abs(before - Date.now())).toBeLessThan(minuteMs);
  const points = Array.from({ length: 12 }, (_, at) => [Date.now() - minuteMs + at * 5_000, at]);
  await push({ host: 'pushing', metrics: [{ name: 'node_load1', type: 'gauge', tags: {}, points }] });
  const areThere = async (): Promise<true | undefined> => {
    const range = { startMs: Date.now() - 5 * minuteMs, endMs: Date.now() };
    const [raw] = await queryRaw(connection, { selector: 'node_load1{instance="pushing"}', ...range });
    return raw?.points.length === points.length ? true : undefined;
  };
  await eventually({ what: 'stored samples', limitMs: 30_000 }, areThere);
  // Its start time has a resolution of a second.
  await eventually({ what: 'the next second', limitMs: 10_000 }, () =>
    Date.now() - before > 1_000 ? true : undefined,
  );
  const timesSent = (): number => gateway.log().split('acknowledged recently are sent again').length;
  await backend.stop('SIGKILL');
  const sentBefore = timesSent();
  await backend.start();
  expect(await readPrometheusStart(connection)).toBeGreaterThan(before);
  await eventually({ what: 'the replay', limitMs: 60_000 }, () => (timesSent() > sentBefore ? true : undefined));
  await eventually({ what: 'replayed samples', limitMs: 30_000 }, areThere);
});

async function push(body: object): Promise<unknown> {
  const key = await gateway.createKey({ scopes: ['push'] });
  const response = await gateway.fetch('/api/v1/metrics/collect', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(202);
  return response.json();
}

/** Waits until late samples are stored and have a repair window. */
async function awaitWindows(): Promise<void> {
  await eventually({ what: 'repair windows', limitMs: 60_000 }, async () =>
    (await countRepairWindows(gateway.store.db)).length === 2 ? true : undefined,
  );
  await backend.flush();
}

/** Runs the repair worker on the gateway's database at a later time. */
async function workOff(): Promise<readonly unknown[]> {
  const flags = { 'retention.enabled': 'false', 'prometheus.url': backend.url };
  const log = createLog({ level: 'error', format: 'logfmt', program: 'gateway' });
  const { db } = gateway.store;
  const parts = createTierParts({
    config: loadConfig(settings, { program: 'gateway', flags, environment: {} }),
    prometheusUrl: backend.url,
    writeUrl: undefined,
    basicAuth: undefined,
    db,
    log,
    now: Date.now,
    onSweep: () => undefined,
  });
  const reports: unknown[] = [];
  const worker = createRepairWorker({
    db,
    repair: parts.repair,
    tiers: parts.tiers,
    keepRawMs: undefined,
    onReport: (tier, { missing, wrong, remaining }) => reports.push({ tier, isAny: missing > 20, wrong, remaining }),
    log,
    now: () => Date.now() + 20 * minuteMs,
  });
  await worker.runDue();
  await worker.stop();
  parts.close();
  expect(await countRepairWindows(db)).toEqual([]);
  return reports;
}

async function expectWhole(): Promise<void> {
  await backend.flush();
  for (const { labels } of part('late')) {
    const selector = `${labels['__name__']}{instance="cut-off"}`;
    const [raw] = await queryRaw(connection, { selector, startMs: cutMs, endMs: backMs - 1 });
    expect({ selector, count: raw?.points.length }).toEqual({ selector, count: 720 });
  }
  // The windows at both ends of the outage were recorded from part of their samples, and only Prometheus can replace a point.
  const minute = await compare('1m', 'cut-off');
  expect(minute).toEqual({ count: 2 * 168, off: expect.any(Number), gaps: [minuteMs] });
  expect(minute.off).toBeLessThanOrEqual(4);
  const five = await compare('5m', 'cut-off');
  expect(five).toEqual({ count: 2 * 33, off: expect.any(Number), gaps: [5 * minuteMs] });
  expect(five.off).toBeLessThanOrEqual(4);
}

test('current values, history from the chosen tier, and health', async () => {
  const live = sampled({ __name__: 'node_load1', job: 'node', instance: 'live' }, range(Date.now()), () => 7);
  await writeSeries(backend.url, [live]);
  await backend.flush();
  // The table of current values is up to 5 s old.
  const found = await eventually({ what: 'the new host', limitMs: 30_000 }, async () => {
    const response = await gateway.get('/api/v1/metrics/current?metric=cpu.load.average.1m&host=live');
    const { hosts } = (await response.json()) as { hosts: readonly unknown[] };
    return hosts.length > 0 ? hosts : undefined;
  });
  expect(found).toMatchObject([{ host: 'live', values: [{ value: 7 }] }]);

  const history = async (query: string) =>
    (await (await gateway.get(`/api/v1/metrics/history?metric=cpu.load.average.1m&host=cut-off&${query}`)).json()) as {
      resolution: string;
      step_seconds: number;
      series: { points: [number, number][] }[];
    };
  const hour = `start=${cutMs}&end=${backMs}`;
  for (const [query, resolution, stepMs] of [
    [hour, 'raw', 5_000],
    [`${hour}&resolution=1m`, '1m', minuteMs],
    [`${hour}&resolution=5m`, '5m', 5 * minuteMs],
  ] as const) {
    const answer = await history(query);
    expect([answer.resolution, answer.step_seconds, answer.series]).toEqual([
      resolution,
      stepMs / 1_000,
      [expect.anything()],
    ]);
    const instants = answer.series[0]?.points.map(([timeMs]) => timeMs) ?? [];
    expect(instants.length).toBeGreaterThanOrEqual((60 * minuteMs) / stepMs);
    expect(new Set(instants.slice(1).map((timeMs, at) => timeMs - (instants[at] ?? 0)))).toEqual(new Set([stepMs]));
  }
  const health = (await (await gateway.get('/api/v1/health')).json()) as { components: Record<string, unknown> };
  expect(health.components['prometheus']).toMatchObject({ status: 'ok' });

  function range(nowMs: number) {
    return { fromMs: nowMs - 60_000, toMs: nowMs, stepMs: 5_000 };
  }
});

test('the command line shows the tiers, finds nothing to repair, and refuses to prune', async () => {
  // The last windows with samples are over: a point that becomes due between the repair and the status is a hole.
  await sleep(Math.max(0, endMs + 150_000 - Date.now()));
  // No rule runs now: the samples of the tests before would be holes from the next minute on.
  const gone = new URLSearchParams({ 'match[]': '{instance=~"live|pushing"}' });
  expect((await fetch(`${backend.url}/api/v1/admin/tsdb/delete_series?${gone.toString()}`)).status).toBe(204);
  const env = { HOSTPULSE_GATEWAY_RETENTION_ENABLED: 'false' };
  const path = join(folder, 'cli.db');
  await runCli(['key', 'create', '--name', 'x', '--scope', 'read', '--database.path', path]);
  const flags = ['--prometheus.url', backend.url, '--database.path', path];
  const range = ['--from', String(startMs), '--to', String(endMs)];
  const repair = await runCli(['tiers', 'repair', ...range, ...flags], { env });
  expect(repair).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[1-9]\d* points were missing, 0 wrong/m) });
  const status = await runCli(['tiers', 'status', ...flags], { env });
  expect(status).toMatchObject({ code: 0, stderr: '' });
  const rows = status.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(rows.map(([tier, , , , , ...faults]) => [tier, ...faults])).toEqual([
    ['TIER', 'HOLES', 'WRONG'],
    ['raw', '-', '-'],
    ['1m', '0', '-'],
    ['5m', '0', '-'],
  ]);
  expect(await runCli(['tiers', 'prune', ...flags], { env })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('retention.enabled is false: the backend has its own retention'),
  });
});
