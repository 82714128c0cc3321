/** Pushes through the gateway into a real Prometheus, compared sample by sample. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { readStored, seriesKey, writeBody, writeHeaders } from '../support/pushes.ts';

const hourMs = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-ingest-'));
let prometheus: TestPrometheus;
let gateway: RunningGateway;
let key: string;

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: {
      storage: { tsdb: { out_of_order_time_window: '30h' } },
      scrape_configs: [
        {
          job_name: 'node',
          static_configs: [{ targets: ['127.0.0.1:1'], labels: { instance: 'scraped-1' } }],
        },
      ],
    },
    flags: ['--web.enable-remote-write-receiver'],
  });
  await prometheus.start();
  await eventually({ what: 'the target is known', limitMs: 20_000 }, async () => {
    const { activeTargets } = (await prometheus.ask('targets')) as { readonly activeTargets: readonly unknown[] };
    return activeTargets.length === 1 ? true : undefined;
  });
  gateway = await startGateway({ prometheusUrl: prometheus.url });
  key = await gateway.createKey({ scopes: ['push'] });
});

afterAll(async () => {
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface CollectAnswer {
  readonly accepted: number;
  readonly rejected: number;
  readonly errors: readonly { readonly index: number; readonly path: string; readonly reason: string }[];
}

async function collect(body: unknown, apiKey = key): Promise<{ status: number; answer: CollectAnswer }> {
  const response = await gateway.fetch('/api/v1/metrics/collect', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': 'gzip',
    },
    body: gzipSync(JSON.stringify(body)),
  });
  return { status: response.status, answer: (await response.json()) as CollectAnswer };
}

async function remoteWrite(series: Parameters<typeof writeBody>[0], apiKey = key): Promise<Response> {
  return gateway.fetch('/api/v1/write', {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, ...writeHeaders },
    body: writeBody(series),
  });
}

/** Reads after the queue is empty. */
async function stored(selector: string, [startMs, endMs]: readonly [number, number]) {
  await eventually({ what: 'the queue is empty', limitMs: 30_000 }, async () =>
    (await metric('hostpulse_gateway_queue_batches')) === 0 ? true : undefined,
  );
  return readStored(prometheus, selector, [startMs, endMs]);
}

async function metric(series: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  if (line === undefined) throw new Error(`no ${series} in /metrics`);
  return Number(line.split(' ').at(-1));
}

describe('collect', () => {
  test('dotted metrics and node_exporter families arrive with exact values and times', async () => {
    const nowMs = Date.now();
    const { status, answer } = await collect({
      host: 'web-1',
      labels: { env: 'prod' },
      metrics: [
        {
          name: 'cpu.usage.total',
          value: 12.5,
          unit: 'percent',
          tags: { metric_type: 'gauge' },
          timestamp: nowMs - 5_000,
        },
        { name: 'cpu.usage.total', value: 13.5, tags: { metric_type: 'gauge' }, timestamp: nowMs },
        { name: 'disk.usage.percent', value: 71, tags: { mountpoint: '/', device: 'sda1', fstype: 'ext4' } },
        {
          name: 'node_cpu_seconds_total',
          type: 'counter',
          tags: { mode: 'idle', cpu: '0' },
          points: [
            [nowMs - 10_000, 1.5],
            [nowMs - 5_000, 2.5],
            [nowMs, 1e300],
          ],
        },
        { name: 'node_weird', points: [[nowMs, '+Inf']] },
        { name: 'node_late', value: -0.1, timestamp: new Date(nowMs - 24 * hourMs).toISOString() },
      ],
    });
    expect([status, answer]).toEqual([202, { accepted: 8, rejected: 0, errors: [] }]);
    const found = await stored('{instance="web-1",__name__!="up"}', [nowMs - 25 * hourMs, Date.now()]);
    const host = { instance: 'web-1', job: 'node', env: 'prod' };
    const at = (series: Readonly<Record<string, string>>) => found.get(seriesKey({ ...host, ...series }));
    expect(at({ __name__: 'hostpulse_cpu_usage_total', metric_type: 'gauge' })).toEqual([
      [nowMs - 5_000, 12.5],
      [nowMs, 13.5],
    ]);
    expect(
      at({ __name__: 'hostpulse_disk_usage_percent', mountpoint: '/', device: 'sda1', fstype: 'ext4' }),
    ).toHaveLength(1);
    expect(at({ __name__: 'node_cpu_seconds_total', mode: 'idle', cpu: '0' })).toEqual([
      [nowMs - 10_000, 1.5],
      [nowMs - 5_000, 2.5],
      [nowMs, 1e300],
    ]);
    expect(at({ __name__: 'node_weird' })).toEqual([[nowMs, Number.POSITIVE_INFINITY]]);
    expect(at({ __name__: 'node_late' })).toEqual([[nowMs - 24 * hourMs, -0.1]]);
    expect(found.size).toBe(5);
  });

  test('a bad sample costs only itself', async () => {
    const nowMs = Date.now();
    const { status, answer } = await collect({
      host: 'web-2',
      metrics: [
        { name: 'a.good', value: 1, timestamp: nowMs },
        { name: 'a.good', value: 2, timestamp: nowMs },
        { name: 'a.old', value: 1, timestamp: nowMs - 27 * hourMs },
        { name: 'a.new', value: 1, timestamp: nowMs + 90_000 },
        { name: 'a.tag', value: 1, tags: { instance: 'other' } },
        { name: 'a.tag', value: 1, tags: { 'x-y': 'z' } },
        { name: 'a.text', value: 'much' },
        { name: 'cpu.usage.total', value: 1, unit: 'bytes' },
        { name: 'not a name', value: 1 },
        { name: 'a.seconds', value: 1, timestamp: Math.floor(nowMs / 1_000) },
        {
          name: 'node_points',
          points: [
            [nowMs - 27 * hourMs, 1],
            [nowMs, 2],
          ],
        },
      ],
    });
    expect(status).toBe(202);
    expect([answer.accepted, answer.rejected]).toEqual([2, 10]);
    expect(answer.errors.map(({ index, path, reason }) => [index, path, reason])).toEqual([
      [1, 'metrics[1].timestamp', 'duplicate'],
      [2, 'metrics[2].timestamp', 'too_old'],
      [3, 'metrics[3].timestamp', 'too_new'],
      [4, 'metrics[4].tags.instance', 'label'],
      [5, 'metrics[5].tags.x-y', 'label'],
      [6, 'metrics[6].value', 'malformed'],
      [7, 'metrics[7].unit', 'unit'],
      [8, 'metrics[8].name', 'name'],
      [9, 'metrics[9].timestamp', 'too_old'],
      [10, 'metrics[10].points[0]', 'too_old'],
    ]);
    const found = await stored('{instance="web-2",__name__!="up"}', [nowMs - 28 * hourMs, nowMs + hourMs]);
    expect([...found.values()]).toEqual([[[nowMs, 1]], [[nowMs, 2]]]);
  });

  test('a repeated push changes nothing; the first of two values is kept', async () => {
    const nowMs = Date.now();
    const push = (value: number, ...times: readonly number[]) =>
      collect({ host: 'web-3', metrics: [{ name: 'node_x', points: times.map((each) => [each, value]) }] });
    await push(1, nowMs - 20_000, nowMs - 10_000);
    await push(1, nowMs - 20_000, nowMs - 10_000);
    await push(2, nowMs - 20_000, nowMs - 15_000, nowMs - 10_000, nowMs);
    const found = await stored('node_x{instance="web-3"}', [nowMs - hourMs, nowMs + hourMs]);
    expect([...found.values()]).toEqual([
      [
        [nowMs - 20_000, 1],
        [nowMs - 15_000, 2],
        [nowMs - 10_000, 1],
        [nowMs, 2],
      ],
    ]);
    expect(await metric('hostpulse_gateway_samples_dropped_total{reason="conflict"}')).toBe(2);
  });

  test('a host that is scraped is refused', async () => {
    const { status, answer } = await collect({ host: 'scraped-1', metrics: [{ name: 'node_x', value: 1 }] });
    expect(status).toBe(202);
    expect(answer).toMatchObject({ accepted: 0, rejected: 1, errors: [{ reason: 'scraped', path: 'host' }] });
    expect((await stored('node_x{instance="scraped-1"}', [Date.now() - hourMs, Date.now()])).size).toBe(0);
  });

  test('a key bound to a host pushes for that host only', async () => {
    const bound = await gateway.createKey({ scopes: ['push'], host: 'web-4' });
    expect((await collect({ host: 'web-5', metrics: [] }, bound)).status).toBe(403);
    expect((await collect({ host: 'web-4', metrics: [] }, bound)).status).toBe(202);
  });
});

describe('remote write', () => {
  const series = (name: string, instance: string, points: readonly (readonly [number, number | null])[]) => ({
    labels: { __name__: name, instance, job: 'agent' },
    points,
  });

  test('parallel pushes of many hosts are forwarded in few requests; a refused sample costs only itself', async () => {
    const nowMs = Date.now();
    const hosts = Array.from({ length: 40 }, (_, at) => `many-${at}`);
    const series = (host: string, timeMs: number, value: number) => [
      { labels: { __name__: 'node_many', instance: host, job: 'node' }, points: [[timeMs, value]] as const },
    ];
    const requests = async (): Promise<number> => {
      const text = await (await fetch(`${prometheus.url}/metrics`)).text();
      const [, count] = /^prometheus_http_requests_total\{.*handler="\/api\/v1\/write"\} (\d+)$/m.exec(text) ?? [];
      return Number(count ?? 0);
    };
    const refused = 'hostpulse_gateway_samples_dropped_total{reason="duplicate"}';
    const [requestsBefore, refusedBefore] = [await requests(), await metric(refused)];
    const first = await Promise.all(hosts.map((host) => remoteWrite(series(host, nowMs - 5_000, 1))));
    expect(first.every(({ status }) => status === 204)).toBe(true);
    await stored('node_many', [nowMs - 10_000, nowMs]);
    expect((await requests()) - requestsBefore).toBeLessThan(hosts.length / 2);

    // Another writer has stored a different value at this timestamp: Prometheus refuses every request with the gateway's value.
    const direct = { method: 'POST', headers: writeHeaders, body: writeBody(series('many-7', nowMs, 99)) };
    expect((await fetch(`${prometheus.url}/api/v1/write`, direct)).status).toBe(204);
    const second = await Promise.all(hosts.map((host) => remoteWrite(series(host, nowMs, 2))));
    expect(second.every(({ status }) => status === 204)).toBe(true);
    const found = await stored('node_many', [nowMs - 10_000, nowMs]);
    for (const host of hosts)
      expect([host, found.get(seriesKey({ __name__: 'node_many', instance: host, job: 'node' }))]).toEqual([
        host,
        [
          [nowMs - 5_000, 1],
          [nowMs, host === 'many-7' ? 99 : 2],
        ],
      ]);
    expect((await metric(refused)) - refusedBefore).toBe(1);
  });

  test('series of several instances keep their job', async () => {
    const nowMs = Date.now();
    const response = await remoteWrite([
      series('rw_a', 'rw-1', [
        [nowMs - 5_000, 1],
        [nowMs, 2],
      ]),
      series('rw_a', 'rw-2', [[nowMs, 3]]),
      series('rw_b', 'rw-1', [[nowMs - 24 * hourMs, 4]]),
    ]);
    expect([response.status, await response.text()]).toEqual([204, '']);
    const found = await stored('{job="agent"}', [nowMs - 25 * hourMs, nowMs]);
    expect(found.get(seriesKey({ __name__: 'rw_a', instance: 'rw-1', job: 'agent' }))).toEqual([
      [nowMs - 5_000, 1],
      [nowMs, 2],
    ]);
    expect(found.get(seriesKey({ __name__: 'rw_a', instance: 'rw-2', job: 'agent' }))).toEqual([[nowMs, 3]]);
    expect(found.get(seriesKey({ __name__: 'rw_b', instance: 'rw-1', job: 'agent' }))).toEqual([
      [nowMs - 24 * hourMs, 4],
    ]);
  });

  test('an invalid sample is rejected by the name of its series, the others are stored', async () => {
    const nowMs = Date.now();
    const response = await remoteWrite([
      series('rw_good', 'rw-3', [
        [nowMs, 1],
        [nowMs + hourMs, 2],
      ]),
      { labels: { __name__: 'rw_nobody', job: 'agent' }, points: [[nowMs, 1]] },
    ]);
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: readonly { path: string; message: string }[] };
    expect(errors).toEqual([
      { path: 'timeseries[0]', message: expect.stringContaining('rw_good: samples[1]: more than 60 s ahead') },
    ]);
    const found = await stored('{instance="rw-3"}', [nowMs - hourMs, nowMs]);
    expect([...found.values()]).toEqual([[[nowMs, 1]]]);
    const without = await stored('rw_nobody', [nowMs - hourMs, nowMs]);
    expect([...without]).toEqual([[seriesKey({ __name__: 'rw_nobody', job: 'agent' }), [[nowMs, 1]]]]);
  });
});

describe('a disk that does not answer', () => {
  test('late samples are stored and calls answered while the database is blocked; the windows are recorded afterwards', async () => {
    const nowMs = Date.now();
    const lateMs = nowMs - hourMs;
    await collect({ host: 'late-1', metrics: [{ name: 'node_load1', value: 1 }] });
    const retries = await metric('hostpulse_gateway_forwards_total{outcome="retry"}');
    const disk = new DatabaseSync(gateway.databasePath);
    // Writers wait for this transaction, as for a slow disk. The gateway's own progress in this thread ends it.
    disk.exec('begin immediate');
    try {
      const { status } = await collect({
        host: 'late-1',
        metrics: [{ name: 'node_load5', value: 5, timestamp: lateMs }],
      });
      expect(status).toBe(202);
      await eventually({ what: 'the late sample is in Prometheus', limitMs: 30_000 }, async () =>
        (await readStored(prometheus, 'node_load5{instance="late-1"}', [lateMs, nowMs])).size > 0 ? true : undefined,
      );
      expect((await gateway.get('/api/v1/metrics/current?host=late-1')).status).toBe(200);
      expect(await metric('hostpulse_gateway_queue_batches')).toBe(1);
    } finally {
      disk.exec('rollback');
      disk.close();
    }
    await eventually({ what: 'its window is noted', limitMs: 30_000 }, async () =>
      (await metric('hostpulse_gateway_queue_batches')) === 0 ? true : undefined,
    );
    expect(await metric('hostpulse_gateway_forwards_total{outcome="retry"}')).toBe(retries);
    const windows = await gateway.store.db
      .selectFrom('repair_windows')
      .selectAll()
      .where('host', '=', 'late-1')
      .execute();
    expect(windows.map(({ tier }) => tier).sort()).toEqual(['1m', '5m']);
    for (const { from_ms, to_ms } of windows) expect([from_ms <= lateMs, to_ms >= lateMs]).toEqual([true, true]);
  });
});
