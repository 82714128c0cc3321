/** The gateway on a real Prometheus with a month of history: values, tiers, hosts, PromQL, and hostile input. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { type HistorySeries, writeHistory } from '../support/history-blocks.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

const exposed = `node_uname_info{sysname="Linux",release="6.1.0",machine="x86_64",nodename="web-1"} 1
node_memory_MemTotal_bytes 1000
node_memory_MemAvailable_bytes 250
hostpulse_build_info{version="1.2.3",program="exporter",runtime="node"} 1
`;

/** A host name that tries to break out of a matcher. It is a valid label value. */
const hostile = 'it\'s"\\} or vector(1) #';
const hostileLabel = hostile.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
/** Longer than the lookback of Prometheus for a current value. */
const endMs = Math.floor((Date.now() - 6 * minuteMs) / (5 * minuteMs)) * 5 * minuteMs;

/** Offset of the rule group within its interval, chosen by Prometheus. */
const phaseMs = 17_000;

/** Every value equals its time in units of the step, so that a point of a wrong time, tier or step is detected. */
const history: readonly HistorySeries[] = [
  ...['web-1', hostileLabel].map((host) => ({
    series: `node_load1{job="node",instance="${host}"}`,
    startMs: endMs - dayMs - hourMs,
    endMs,
    stepMs: 5_000,
    valueAt: (timeMs: number) => timeMs / 5_000,
  })),
  {
    series: 'instance:cpu_load_average_1m:avg1m{job="node",instance="web-1"}',
    startMs: endMs - 8 * dayMs + phaseMs,
    endMs,
    stepMs: minuteMs,
    valueAt: (timeMs) => (timeMs - phaseMs) / minuteMs,
  },
  {
    series: 'instance:cpu_load_average_1m:avg5m{job="node",instance="web-1"}',
    startMs: endMs - 31 * dayMs + phaseMs,
    endMs,
    stepMs: 5 * minuteMs,
    valueAt: (timeMs) => (timeMs - phaseMs) / (5 * minuteMs),
  },
];

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-queries-'));
let prometheus: TestPrometheus;
let gateway: RunningGateway;
const targets: Server[] = [];

beforeAll(async () => {
  writeHistory(folder, history);
  const [stays, goes] = [await startTarget(), await startTarget()];
  const target = (address: string, labels: Readonly<Record<string, string>>) => ({ targets: [address], labels });
  prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        {
          job_name: 'node',
          static_configs: [target(stays, { instance: 'web-1', env: 'prod' }), target(goes, { instance: 'gone-1' })],
        },
        { job_name: 'other', static_configs: [target(stays, { instance: 'stranger' })] },
      ],
    },
    flags: ['--storage.tsdb.retention.time=60d'],
  });
  await prometheus.start();
  gateway = await startGateway({ prometheusUrl: prometheus.url, alertmanagerUrl: prometheus.url });
  await eventually({ what: 'two hosts are up', limitMs: 20_000 }, async () => {
    const { hosts } = await ask<HostsAnswer>('/api/v1/hosts');
    return hosts.filter(({ up }) => up).length === 2 ? true : undefined;
  });
}, 120_000);

afterAll(async () => {
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  for (const target of targets) stopTarget(target);
  rmSync(folder, { recursive: true });
});

async function startTarget(): Promise<string> {
  // Prometheus 3 refuses an answer without a Content-Type.
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(exposed);
  });
  targets.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stopTarget(server: Server | undefined): void {
  server?.closeAllConnections();
  server?.close();
}

async function ask<T>(path: string): Promise<T> {
  const response = await gateway.get(path);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

interface HostsAnswer {
  readonly hosts: readonly {
    readonly host: string;
    readonly mode: string;
    readonly up: boolean;
    readonly last_seen?: string;
    readonly os?: string;
    readonly version?: string;
  }[];
}

interface CurrentAnswer {
  readonly time: string;
  readonly hosts: readonly {
    readonly host: string;
    readonly values: readonly {
      readonly metric: string;
      readonly unit: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly value: number | null;
    }[];
  }[];
}

interface HistoryAnswer {
  readonly metric: string;
  readonly unit: string;
  readonly resolution: string;
  readonly step_seconds: number;
  readonly series: readonly {
    readonly host: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

test('health is ok', async () => {
  expect(await ask('/api/v1/health')).toMatchObject({ status: 'ok', components: { prometheus: { status: 'ok' } } });
});

describe('current', () => {
  // The table was first loaded at the start of the gateway, before any data existed, and is at most 5 s old.
  beforeAll(async () => {
    await eventually({ what: 'the table has both hosts with all of their values', limitMs: 20_000 }, async () => {
      const { hosts } = await ask<CurrentAnswer>('/api/v1/metrics/current');
      return hosts.length === 2 && hosts.every(({ values }) => values.length >= 4) ? true : undefined;
    });
  });

  test('has every value of every host, and none of other jobs', async () => {
    const { time, hosts } = await ask<CurrentAnswer>('/api/v1/metrics/current');
    expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(5_000);
    expect(hosts.map(({ host }) => host)).toEqual(['gone-1', 'web-1']);
    const web = hosts[1]?.values.map(({ metric, unit, labels, value }) => [metric, unit, labels, value]);
    const labels = { env: 'prod' };
    expect(web).toEqual([
      ['memory.total', 'bytes', labels, 1000],
      ['memory.used', 'bytes', labels, 750],
      ['memory.available', 'bytes', labels, 250],
      ['memory.usage.percent', 'percent', labels, 75],
    ]);
  });

  test('filters by host and metric', async () => {
    const { hosts } = await ask<CurrentAnswer>(
      '/api/v1/metrics/current?metric=memory.used&metric=memory.total&host=web-1&host=unknown',
    );
    expect(hosts).toHaveLength(1);
    expect(hosts[0]?.values.map(({ metric }) => metric)).toEqual(['memory.total', 'memory.used']);
  });

  test.each([hostile, '.*', 'web-1|gone-1', 'web-1"} or up{instance="gone-1', '\\', '"', "'", 'web-1\u00a0'])(
    'the host %s is a name, not PromQL',
    async (host) => {
      const { hosts } = await ask<CurrentAnswer>(`/api/v1/metrics/current?host=${encodeURIComponent(host)}`);
      expect(hosts).toEqual([]);
      const two = await ask<CurrentAnswer>(`/api/v1/metrics/current?host=web-1&host=${encodeURIComponent(host)}`);
      expect(two.hosts.map((each) => each.host)).toEqual(['web-1']);
    },
  );
});

describe('history', () => {
  const read = (query: string) => ask<HistoryAnswer>(`/api/v1/metrics/history?metric=cpu.load.average.1m&${query}`);
  const at = (agoMs: number) => new Date(endMs - agoMs).toISOString();

  test.each([
    ['an hour', `start=${at(hourMs)}&end=${at(0)}`, 'raw', 5, 721, 5_000],
    ['an hour in milliseconds', `start=${endMs - hourMs}&end=${endMs}`, 'raw', 5, 721, 5_000],
    ['15 hours', `end=${at(0)}&range=15h`, 'raw', 5, 10_801, 5_000],
    ['16 hours: raw would have too many points', `end=${at(0)}&range=16h`, '1m', 60, 961, minuteMs],
    ['16 hours of raw', `end=${at(0)}&range=16h&resolution=raw`, 'raw', 5, 11_521, 5_000],
    ['two days', `end=${at(0)}&range=2d`, '1m', 60, 2_881, minuteMs],
    ['29 days', `end=${at(0)}&range=29d`, '5m', 300, 8_353, 5 * minuteMs],
    ['an hour at 5m', `end=${at(0)}&range=1h&resolution=5m`, '5m', 300, 13, 5 * minuteMs],
    ['a step finer than the tier', `end=${at(0)}&range=1h&resolution=1m&step=1s`, '1m', 60, 61, minuteMs],
  ])('%s', async (_what, query, resolution, step, count, unitMs) => {
    const answer = await read(query);
    expect([answer.resolution, answer.step_seconds, answer.unit]).toEqual([resolution, step, 'load']);
    expect(answer.series.length).toBe(resolution === 'raw' ? 2 : 1);
    const series = answer.series.find(({ host }) => host === 'web-1');
    expect(series?.points.length).toBe(count);
    const lag = resolution === 'raw' ? 0 : 1; // a recorded point covers the step before the next point of the grid
    const wrong = series?.points.filter(([timeMs, value]) => value !== timeMs / unitMs - lag);
    expect(wrong).toEqual([]);
    expect(series?.points.at(-1)?.[0]).toBe(endMs);
  });

  test('a point of a larger step is the mean of its step', async () => {
    const { series } = await read(`end=${at(0)}&range=1h&step=10m&resolution=1m&host=web-1`);
    const [timeMs, value] = series[0]?.points.at(-1) ?? [];
    expect(timeMs).toBe(Math.floor(endMs / 600_000) * 600_000);
    expect(value).toBe((timeMs ?? 0) / minuteMs - 5.5); // of the ten points from 10 to 1 minutes before
  });

  test('raw is refused beyond one day', async () => {
    const response = await gateway.get('/api/v1/metrics/history?metric=cpu.load.average.1m&range=25h&resolution=raw');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'start' }] });
  });

  test('a hostile name matches only its host', async () => {
    const { series } = await read(`end=${at(0)}&range=1m&resolution=raw&host=${encodeURIComponent(hostile)}`);
    expect(series.map(({ host }) => host)).toEqual([hostile]);
  });

  test('an unknown host has no series', async () => {
    expect((await read('range=1h&host=unknown')).series).toEqual([]);
  });

  test('an answer with too many series is refused', async () => {
    const strict = await startGateway({ prometheusUrl: prometheus.url, queryMaxSeries: 1 });
    const path = `/api/v1/metrics/history?metric=cpu.load.average.1m&end=${at(0)}&range=1m&resolution=raw`;
    const response = await strict.get(path);
    expect(response.status).toBe(422);
    expect(((await response.json()) as { title: string }).title).toMatch(/more than 1 series; ask for fewer hosts/);
    const query = await strict.get('/api/v1/query?query=up');
    expect(query.status).toBe(422);
    expect((await strict.get('/api/v1/query?query=count(up)')).status).toBe(200);
    await strict.stop();
  });
});

describe('query and query_range', () => {
  test('return the bytes of Prometheus', async () => {
    for (const path of [
      'query?query=node_load1&time=TIME',
      'query_range?query=node_load1&start=TIME&end=TIME&step=5',
      'query?query=1%2B1&time=TIME',
      'query?query=up%5B1m%5D&time=TIME',
    ]) {
      const asked = path.replaceAll('TIME', String(endMs / 1_000));
      const own = await (await fetch(`${prometheus.url}/api/v1/${asked}`)).text();
      expect(await (await gateway.get(`/api/v1/${asked}`)).text()).toBe(own);
    }
  });

  test('accept a form as Grafana sends it', async () => {
    const response = await fetch(`${gateway.url}/api/v1/query_range`, {
      method: 'POST',
      headers: { 'x-api-key': await gateway.createKey() },
      body: new URLSearchParams({ query: 'up{job="node"}', start: '0', end: '60', step: '15s', timeout: '5s' }),
    });
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'success', data: { resultType: 'matrix', result: [] } },
    ]);
  });

  test.each([
    ['query?query=up%7B', 400, 'bad_data', /parse error/],
    ['query_range?query=up%7B&start=0&end=1&step=1', 400, 'bad_data', /parse error/],
    [
      'query?query=up%7Bjob%3D%22node%22%7D%20*%20on()%20up%7Bjob%3D%22node%22%7D',
      422,
      'execution',
      /many-to-many|found duplicate series/,
    ],
  ])("%s: Prometheus' own words", async (path, status, errorType, words) => {
    const response = await gateway.get(`/api/v1/${path}`);
    const problem = (await response.json()) as { title: string; errorType: string; error: string };
    expect([response.status, problem.errorType]).toEqual([status, errorType]);
    expect(problem.title).toMatch(words);
    expect(problem.error).toBe(problem.title);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  test('a heavy query ends at the timeout', async () => {
    const hasty = await startGateway({ prometheusUrl: prometheus.url, queryTimeoutMs: 100 });
    const heavy = 'sum(rate(node_load1[1h:1s]))[12h:1s]';
    const response = await hasty.get(`/api/v1/query?query=${encodeURIComponent(heavy)}&time=${endMs / 1_000}`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    await hasty.stop();
  });
});

/** Runs last, because it stops a host. */
test('hosts: state, system, and the time last seen', async () => {
  const before = await ask<HostsAnswer>('/api/v1/hosts');
  const common = {
    mode: 'scrape',
    os: 'Linux 6.1.0 x86_64',
    version: '1.2.3',
    up: true,
    last_seen: expect.any(String),
  };
  expect(before.hosts).toEqual([
    { host: 'gone-1', ...common },
    { host: 'web-1', ...common },
  ]);
  expect(Date.now() - Date.parse(before.hosts[1]?.last_seen ?? '')).toBeLessThan(5_000);
  stopTarget(targets[1]);
  const stoppedMs = Date.now();
  const gone = await eventually({ what: 'gone-1 is down', limitMs: 10_000 }, async () => {
    const { hosts } = await ask<HostsAnswer>('/api/v1/hosts?host=gone-1');
    return hosts[0]?.up === false ? hosts[0] : undefined;
  });
  expect(gone).toMatchObject({ host: 'gone-1', mode: 'scrape' });
  expect(gone.os).toBeUndefined();
  if (gone.last_seen !== undefined) expect(Math.abs(stoppedMs - Date.parse(gone.last_seen))).toBeLessThan(70_000);
});
