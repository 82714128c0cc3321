/** The forwarder over a real queue and backend: what arrives, in which order, through failures, outages and restarts. */
import { afterEach, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { forwardMetrics } from '../../../ingest-gateway/forward/forward-metrics.ts';
import { createForwarder, type Forwarder } from '../../../ingest-gateway/forward/forwarder.ts';
import { eventually } from '../../support/eventually.ts';
import { createSendPath, newBatch, type SendPath } from '../../support/send-path.ts';
import { startWriteBackend, type WriteBackend, type WriteResponder } from '../../support/write-backend.ts';

const startMs = Date.now();
const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

interface Scene {
  readonly backend: WriteBackend;
  readonly path: SendPath;
  readonly forwarder: Forwarder;
  readonly registry: Registry;
  /** Queues one batch of each host, with the number as its value and time. */
  readonly push: (hosts: readonly string[], number: number) => Promise<void>;
  readonly drained: () => Promise<unknown>;
}

async function scene(respond?: WriteResponder): Promise<Scene> {
  const backend = await startWriteBackend(respond);
  const path = await createSendPath({ url: backend.url });
  const registry = new Registry();
  const { sender, log, maxRequests } = path;
  const forwarder = createForwarder({
    queue: path.queue(),
    sender,
    metrics: forwardMetrics(registry),
    log,
    random: () => 0,
    maxRequests,
  });
  open.push(backend, path, forwarder);
  return {
    backend,
    path,
    forwarder,
    registry,
    push: (hosts, number) =>
      path.queue().append(hosts.map((host) => newBatch(host, { m: [[startMs + number, number]] }))),
    drained: () =>
      eventually({ what: 'the queue is empty', limitMs: 50_000, pollMs: 20 }, () =>
        path.queue().state().batches === 0 ? true : undefined,
      ),
  };
}

/** Values in the order in which the backend received them, by host. */
function received({ requests }: WriteBackend): Map<string, number[]> {
  const byHost = new Map<string, number[]>();
  for (const { labels, samples } of requests.flat()) {
    const host = Object.fromEntries(labels)['instance'] as string;
    byHost.set(host, [...(byHost.get(host) ?? []), ...samples.map(({ value }) => value)]);
  }
  return byHost;
}

async function metric(registry: Registry, line: string): Promise<number> {
  const text = await registry.metrics();
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length + 1),
  );
}

test('forwards the backlog of 10,000 hosts, each host in order, each batch once, and metrics tell so', async () => {
  const { backend, forwarder, registry, push, drained } = await scene();
  const hosts = Array.from({ length: 10_000 }, (_, index) => `host-${index}`);
  await push(hosts, 1);
  await push(hosts, 2);
  forwarder.start();
  await push(hosts.slice(0, 3_000), 3);
  await drained();
  const values = received(backend);
  expect(values.size).toBe(10_000);
  expect(hosts.filter((host, index) => values.get(host)?.join() !== (index < 3_000 ? '1,2,3' : '1,2'))).toEqual([]);
  expect(await metric(registry, 'hostpulse_gateway_samples_forwarded_total')).toBe(23_000);
  expect(await metric(registry, 'hostpulse_gateway_forwards_total{outcome="ok"}')).toBe(23_000);
});

test('a failing host is tried again with its batches in order, while others are forwarded', async () => {
  let isBroken = true;
  const { backend, path, forwarder, registry, push, drained } = await scene((series) =>
    isBroken && series.some(({ labels }) => labels.some(([, value]) => value === 'bad'))
      ? [500, 'disk error']
      : undefined,
  );
  forwarder.start();
  await push(['bad', 'good-1', 'good-2'], 1);
  await push(['bad', 'good-1', 'good-2'], 2);
  await eventually({ what: 'only the failing host waits', limitMs: 20_000, pollMs: 20 }, () =>
    path.queue().state().batches === 2 ? true : undefined,
  );
  expect([...path.queue().hosts()]).toEqual(['bad']);
  isBroken = false;
  await drained();
  expect([1, 2].map((number) => backend.stored.get(`bad m ${startMs + number}`))).toEqual([1, 2]);
  const failures = received(backend).get('bad') ?? [];
  expect(failures.indexOf(2)).toBeGreaterThan(failures.lastIndexOf(1));
  expect(await metric(registry, 'hostpulse_gateway_forwards_total{outcome="retry"}')).toBeGreaterThan(0);
  expect(path.log.lines.map(({ msg }) => msg)).toContain('a batch was not stored and is sent again');
});

test('during an outage one request at a time probes the backend; afterwards every batch arrives', async () => {
  let isDown = true;
  let parallel = 0;
  const { backend, path, forwarder, push, drained } = await scene(() => (isDown ? [503, 'starting'] : undefined));
  const hosts = Array.from({ length: 200 }, (_, index) => `host-${index}`);
  forwarder.start();
  await push(hosts, 1);
  await eventually({ what: 'probes', limitMs: 20_000, pollMs: 20 }, () =>
    path.log.lines.some(({ msg }) => msg === 'Prometheus is unreachable; samples stay in the queue') ? true : undefined,
  );
  const before = backend.requests.length;
  await eventually({ what: 'five probes', limitMs: 20_000, pollMs: 20 }, () =>
    backend.requests.length >= before + 5 ? true : undefined,
  );
  for (const request of backend.requests.slice(before + 2)) parallel = Math.max(parallel, request.length);
  expect(parallel).toBe(1);
  expect(path.queue().state().batches).toBe(200);
  isDown = false;
  await drained();
  expect(backend.stored.size).toBe(200);
  expect(path.log.lines.map(({ msg }) => msg)).toContain('Prometheus accepts samples again');
});

test('after a restart of Prometheus, retained batches are sent again where samples are missing', async () => {
  const { backend, forwarder, registry, push, drained } = await scene();
  const hosts = Array.from({ length: 50 }, (_, index) => `host-${index}`);
  forwarder.start();
  await push(hosts, 1);
  await push(hosts, 2);
  await drained();
  for (const host of hosts.slice(0, 20)) backend.stored.delete(`${host} m ${startMs + 2}`);
  const before = backend.requests.flat().length;
  forwarder.replayBefore(Date.now() + 1);
  expect(forwarder.replaying()).toBe(100);
  await push(['new'], 3);
  await eventually({ what: 'nothing left to replay', limitMs: 20_000, pollMs: 20 }, () =>
    forwarder.replaying() === 0 ? true : undefined,
  );
  await drained();
  expect([backend.stored.size, backend.requests.flat().length - before]).toEqual([101, 21]);
  expect(await metric(registry, 'hostpulse_gateway_samples_replayed_total')).toBe(100);
  expect(await metric(registry, 'hostpulse_gateway_samples_forwarded_total')).toBe(101);
});

test('stop waits for requests in flight; batches not yet sent stay in the queue', async () => {
  const { backend, path, forwarder, push } = await scene();
  forwarder.start();
  await push(['a'], 1);
  await forwarder.stop();
  await push(['a', 'b'], 2);
  expect([backend.stored.size, path.queue().state().batches]).toEqual([1, 2]);
});
