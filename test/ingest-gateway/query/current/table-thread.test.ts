/** The real thread: its table, the error for another server's answer, and a stop. */
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from '@jest/globals';
import { metrics } from '../../../../common/catalogue/metrics.ts';
import type { PrometheusAnswer } from '../../../../common/prometheus/connection.ts';
import { createTableThread } from '../../../../ingest-gateway/query/current/table-thread.ts';

const thread = createTableThread();
afterAll(() => thread.stop());

function answerWith(result: unknown): PrometheusAnswer {
  return {
    status: 200,
    body: Buffer.from(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } })),
  };
}

function sample(instance: string, value: string): unknown {
  return { metric: { instance, job: 'node', device: 'sda' }, value: [1_795_395_685, value] };
}

test('values of all metrics by host; NaN is null, and a name that no host can have is left out', async () => {
  const answers = metrics.map((_, index) =>
    answerWith(index === 0 ? [sample('web-2', '1.5'), sample('web-1', 'NaN'), sample('a\nb', '1')] : []),
  );
  const [first] = metrics;
  const table = await thread.render(1_795_395_685_000, answers, { gzip: true });
  const valueOf = (value: number | null) => [
    { metric: first?.name, unit: first?.unit, labels: { device: 'sda' }, value },
  ];
  expect(JSON.parse(Buffer.from(table.body).toString())).toEqual({
    time: '2026-11-23T01:01:25.000Z',
    hosts: [
      { host: 'web-1', values: valueOf(null) },
      { host: 'web-2', values: valueOf(1.5) },
    ],
  });
  expect(table.hosts).toEqual(['web-1', 'web-2']);
  expect(table.gzip).toBeUndefined(); // too small
});

test("another server's answer is an error, and the thread serves the next table", async () => {
  const wrong = metrics.map(() => ({ status: 200, body: Buffer.from('<html>') }));
  await expect(thread.render(0, wrong, { gzip: false })).rejects.toThrow('does not speak its API');
  const empty = metrics.map(() => answerWith([]));
  expect((await thread.render(0, empty, { gzip: false })).hosts).toEqual([]);
});

test('the table of many hosts is compressed when it is asked for', async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => sample(`web-${index}`, '1'));
  const answers = metrics.map((_, index) => answerWith(index === 0 ? many : []));
  const { body, gzip } = await thread.render(0, answers, { gzip: true });
  expect(gunzipSync(gzip as Uint8Array).equals(body)).toBe(true);
  expect(gzip?.length).toBeLessThan(body.length / 8);
  expect((await thread.render(0, answers, { gzip: false })).gzip).toBeUndefined();
});
