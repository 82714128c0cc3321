/** `up` of pushing hosts in a real Prometheus. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { forgetHost } from '../../ingest-gateway/liveness/pushed-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { freePort } from '../support/process.ts';
import { createPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { readStored, seriesKey, writeBody, writeHeaders } from '../support/pushes.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-liveness-'));
let prometheus: TestPrometheus;
let gateway: RunningGateway;
let key: string;

beforeAll(async () => {
  prometheus = createPrometheus({
    port: await freePort(),
    folder,
    config: { storage: { tsdb: { out_of_order_time_window: '30h' } } },
    flags: ['--web.enable-remote-write-receiver'],
  });
  await prometheus.start();
  gateway = await startGateway({ prometheusUrl: prometheus.url });
  key = await gateway.createKey({ scopes: ['push'] });
});

afterAll(async () => {
  await gateway.stop();
  await prometheus.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function push(host: string, timeMs: number): Promise<void> {
  const response = await gateway.fetch('/api/v1/metrics/collect', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ host, metrics: [{ name: 'node_x', value: 1, timestamp: timeMs }] }),
  });
  expect(response.status).toBe(202);
}

async function valueOf(expression: string): Promise<number | undefined> {
  const { result } = (await prometheus.ask(`query?query=${encodeURIComponent(expression)}`)) as {
    readonly result: readonly { readonly value: readonly [number, string] }[];
  };
  return result[0] === undefined ? undefined : Number(result[0].value[1]);
}

test('1 while the host pushes; 0 at every interval and its series ended while it is silent; nothing after its removal', async () => {
  const beganMs = Date.now();
  for (let pushes = 0; pushes < 4; pushes += 1) {
    await push('web-1', Date.now());
    if (pushes < 3) await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  await eventually({ what: 'up is 1', limitMs: 20_000 }, async () =>
    (await valueOf('up{instance="web-1",job="node"}')) === 1 ? true : undefined,
  );
  expect(await valueOf('node_x{instance="web-1"}')).toBe(1);
  const hosts = (await (await gateway.get('/api/v1/hosts')).json()) as { readonly hosts: readonly unknown[] };
  expect(hosts.hosts).toMatchObject([{ host: 'web-1', mode: 'push', up: true }]);

  await eventually({ what: 'up is 0, twice', limitMs: 60_000 }, async () => {
    const stored = await readStored(prometheus, 'up{instance="web-1"}', [beganMs, Date.now() + 5_000]);
    const points = stored.get(seriesKey({ __name__: 'up', instance: 'web-1', job: 'node' })) ?? [];
    return points.filter(([, value]) => value === 0).length >= 2 ? points : undefined;
  });
  expect(await valueOf('node_x{instance="web-1"}')).toBeUndefined();
  expect(await valueOf('up{instance="web-1"}')).toBe(0);

  expect(await forgetHost(gateway.store.db, { host: 'web-1', nowMs: Date.now() })).toBe(true);
  await eventually({ what: 'the end of up', limitMs: 40_000 }, async () =>
    (await valueOf('up{instance="web-1"}')) === undefined ? true : undefined,
  );
  const text = await (await gateway.get('/metrics')).text();
  expect(text).toContain('hostpulse_gateway_host_last_push_timestamp_seconds');
  expect(text).not.toContain('{host="web-1"}');
}, 150_000);

test('the gateway writes no up for a sender with its own up', async () => {
  const nowMs = Date.now();
  const response = await gateway.fetch('/api/v1/write', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...writeHeaders },
    body: writeBody([
      { labels: { __name__: 'up', instance: 'agent-1', job: 'node' }, points: [[nowMs, 1]] },
      { labels: { __name__: 'node_x', instance: 'agent-1', job: 'node' }, points: [[nowMs, 1]] },
    ]),
  });
  expect(response.status).toBe(204);
  await push('web-2', nowMs);
  await eventually({ what: 'up of another host', limitMs: 30_000 }, async () =>
    (await valueOf('up{instance="web-2"}')) === 1 ? true : undefined,
  );
  const stored = await readStored(prometheus, 'up{instance="agent-1"}', [nowMs - 60_000, Date.now() + 5_000]);
  expect([...stored.values()]).toEqual([[[nowMs, 1]]]);
}, 60_000);

test("hostpulse's exporter is up within two intervals, and an agent that may push up later is not", async () => {
  const write = async (host: string, userAgent: string): Promise<void> => {
    const { status } = await gateway.fetch('/api/v1/write', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...writeHeaders, 'user-agent': userAgent },
      body: writeBody([{ labels: { __name__: 'node_x', instance: host, job: 'node' }, points: [[Date.now(), 1]] }]),
    });
    expect(status).toBe(204);
  };
  await write('agent-2', 'Prometheus/3.5.3');
  await write('web-3', 'hostpulse-exporter/0.2.0');
  await eventually({ what: 'up of the exporter', limitMs: 20_000 }, async () =>
    (await valueOf('up{instance="web-3"}')) === 1 ? true : undefined,
  );
  expect(await valueOf('up{instance="agent-2"}')).toBeUndefined();
}, 60_000);
