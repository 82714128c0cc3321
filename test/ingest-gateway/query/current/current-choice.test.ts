/** Current values come from the shared table, which has no workload metrics: those are queried. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { metricByName } from '../../../../common/catalogue/metrics.ts';
import { createPrometheusConnection } from '../../../../common/prometheus/connection.ts';
import { renderCurrent } from '../../../../ingest-gateway/query/current/current-choice.ts';
import type { LastValues } from '../../../../ingest-gateway/query/current/last-values.ts';
import { renderTable } from '../../../../ingest-gateway/query/current/value-table.ts';

const queries: string[] = [];
const prometheusServer = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const fields = new URLSearchParams(Buffer.concat(chunks).toString() || new URL(`http://p${request.url}`).search);
    queries.push(fields.get('query') ?? '');
    const metric = { job: 'node', instance: 'web-1', unit: 'nginx.service' };
    const data = { resultType: 'vector', result: [{ metric, value: [1_000, '250'] }] };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ status: 'success', data }));
  });
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => prometheusServer.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(prometheusServer.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => prometheusServer.close(resolve)));

const table = renderTable(
  1_000_000,
  [{ host: 'web-1', values: [{ metric: 'cpu.usage.total', unit: 'percent', labels: {}, value: 7 }] }],
  ['cpu.usage.total'],
);
const lastValues = { tryRead: () => table, read: () => Promise.resolve(table) } as unknown as LastValues;

async function current(...names: readonly string[]): Promise<string> {
  const prometheus = createPrometheusConnection({
    name: 'Prometheus',
    url,
    timeoutMs: 5_000,
    maxConcurrency: 4,
    maxAnswerBytes: 1_000_000,
  });
  const metrics = names.map((name) => metricByName(name)).filter((metric) => metric !== undefined);
  const choice = {
    hosts: undefined,
    metrics,
    principal: undefined,
    signal: AbortSignal.timeout(5_000),
    acceptsGzip: false,
  };
  try {
    const { body } = await renderCurrent(choice, { prometheus, lastValues, now: () => 1_000_000 });
    return body.toString();
  } finally {
    prometheus.close();
  }
}

test('a metric of every host comes from the table', async () => {
  queries.length = 0;
  expect(await current('cpu.usage.total')).toContain('"value":7');
  expect(queries).toEqual([]);
});

test('a workload metric is queried, with the label that distinguishes its series', async () => {
  queries.length = 0;
  const text = await current('units.cpu.usage');
  expect(queries).toHaveLength(1);
  expect(queries[0]).toContain('hostpulse_unit_cpu_seconds_total{job="node"}');
  expect(JSON.parse(text)).toMatchObject({
    hosts: [
      {
        host: 'web-1',
        values: [{ metric: 'units.cpu.usage', unit: 'percent', labels: { unit: 'nginx.service' }, value: 250 }],
      },
    ],
  });
});
