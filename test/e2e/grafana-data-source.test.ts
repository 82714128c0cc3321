/** The calls of Grafana's Prometheus data source and of vmalert: the gateway answers as Prometheus does, a bound key sees its host alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { writeHistory } from '../support/history-blocks.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';

const endMs = Math.floor(Date.now() / 60_000) * 60_000 - 120_000;
const [start, end] = [endMs / 1_000 - 600, endMs / 1_000].map(String) as [string, string];
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-data-source-'));
let prometheus: TestPrometheus;
let gateway: RunningGateway;

beforeAll(async () => {
  const series = ['web-1', 'db-1'].flatMap((host) =>
    [`up{job="node",instance="${host}"}`, `node_load1{job="node",instance="${host}",${host.slice(0, 2)}="x"}`].map(
      (name) => ({ series: name, startMs: endMs - 900_000, endMs, stepMs: 15_000, valueAt: () => 1 }),
    ),
  );
  writeHistory(folder, series);
  prometheus = createPrometheus({ port: await freePort(), folder, config: { global: {} }, flags: [] });
  await prometheus.start();
  gateway = await startGateway({ prometheusUrl: prometheus.url });
}, 120_000);

afterAll(async () => {
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

type Pair = [string, string];

interface Call {
  readonly path: string;
  /** The form of a POST. Absent: GET. */
  readonly form?: readonly Pair[];
}

async function send(base: string, { path, form }: Call, key?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${base}${path}`, {
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams([...form]) }),
    headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
  });
  return { status: response.status, text: await response.text() };
}

const range = [
  ['start', start],
  ['end', end],
] satisfies Pair[];
const inUrl = (...pairs: readonly Pair[]): string => new URLSearchParams([...pairs]).toString();

const calls: readonly (readonly [string, Call])[] = [
  [
    'health check',
    {
      path: '/api/v1/query',
      form: [
        ['query', '1+1'],
        ['time', end],
      ],
    },
  ],
  ['range query', { path: '/api/v1/query_range', form: [['query', 'node_load1'], ['step', '15'], ...range] }],
  [
    "vmalert's step in an instant query",
    { path: `/api/v1/query?${inUrl(['query', 'up'], ['time', end], ['step', '300s'])}` },
  ],
  [
    'unknown and repeated parameters',
    {
      path: `/api/v1/query?${inUrl(['query', 'up'], ['query', 'no'], ['time', end], ['dedup', 'true'], ['partial_response', 'x'])}`,
    },
  ],
  ['label names, POST', { path: '/api/v1/labels', form: [['match[]', 'up'], ...range] }],
  ['label names, GET', { path: `/api/v1/labels?${inUrl(...range)}` }],
  ['values of a variable', { path: `/api/v1/label/instance/values?${inUrl(['match[]', 'up'], ...range)}` }],
  [
    'values by two selectors',
    {
      path: `/api/v1/label/instance/values?${inUrl(['match[]', 'up{instance="web-1"}'], ['match[]', 'node_load1'], ...range)}`,
    },
  ],
  ['metric names', { path: `/api/v1/label/__name__/values?${inUrl(...range)}` }],
  ['a label that does not exist', { path: '/api/v1/label/nothing/values' }],
  ['a label name that is not valid', { path: '/api/v1/label/no-label/values' }],
  ['series', { path: '/api/v1/series', form: [['match[]', 'up'], ...range] }],
  ['series without a selector', { path: '/api/v1/series', form: [...range] }],
  ['metadata', { path: '/api/v1/metadata?limit=5' }],
  ['exemplars', { path: '/api/v1/query_exemplars', form: [['query', 'up'], ...range] }],
  ['rules', { path: '/api/v1/rules?type=alert' }],
  ['version', { path: '/api/v1/status/buildinfo' }],
];

test.each(calls)('%s: the bytes and the status of Prometheus', async (_what, call) => {
  const key = await gateway.createKey();
  const [own, answered] = [await send(prometheus.url, call), await send(gateway.url, call, key)];
  expect(answered.status).toBe(own.status);
  if (own.status === 200) expect(answered.text).toBe(own.text);
  else expect(JSON.parse(answered.text).error).toBe(JSON.parse(own.text).error);
});

describe('a key bound to web-1', () => {
  const ask = async (call: Call) => {
    const answered = await send(gateway.url, call, await gateway.createKey({ scopes: ['read'], host: 'web-1' }));
    return { status: answered.status, body: JSON.parse(answered.text) };
  };

  test.each([
    ['up', ['web-1']],
    ['{__name__=~".+"}', ['web-1', 'web-1']],
    ['up{instance="db-1"}', []],
    ['up{instance!~"web.*"} or node_load1', ['web-1']],
    ['up{job="nothing"} #\r or up', ['web-1']],
    ['max_over_time(up[10m:15s])', ['web-1']],
    ['label_replace(up, "was", "$1", "instance", "(.*)")', ['web-1']],
  ])('%j reads this host alone', async (query, instances) => {
    const { status, body } = await ask({
      path: '/api/v1/query',
      form: [
        ['query', query],
        ['time', end],
      ],
    });
    expect(status).toBe(200);
    expect(body.data.result.map(({ metric }: { metric: Record<string, string> }) => metric['instance'])).toEqual(
      instances,
    );
  });

  test('names, values and series are those of this host', async () => {
    const values = async (path: string) => (await ask({ path: `${path}?${inUrl(...range)}` })).body.data;
    expect(await values('/api/v1/label/instance/values')).toEqual(['web-1']);
    expect(await values('/api/v1/labels')).toEqual(['__name__', 'instance', 'job', 'we']);
    expect(await values('/api/v1/series')).toHaveLength(2);
    const db = await ask({ path: `/api/v1/series?${inUrl(['match[]', 'up{instance="db-1"}'], ...range)}` });
    expect(db.body.data).toEqual([]);
  });

  test.each(['/api/v1/metadata', '/api/v1/rules'])('%s covers all hosts and is refused', async (path) => {
    expect((await ask({ path })).status).toBe(403);
  });

  test('text that is not PromQL is refused with its place', async () => {
    const { status, body } = await ask({ path: '/api/v1/query', form: [['query', 'up{a="b" or up']] });
    expect([status, body.errors[0].path]).toEqual([400, 'query']);
    expect(body.errors[0].message).toMatch(/at character \d+/);
  });
});
