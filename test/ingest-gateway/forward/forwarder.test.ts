/**
 * The forwarder over a real queue and backend: what arrives, in which order, through failures, outages and restarts. And one
 * batch: dropped, compared, bisected or kept for a retry.
 */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { forwardMetrics } from '../../../ingest-gateway/forward/forward-metrics.ts';
import { type BatchOutcome, createForwarder, type Forwarder } from '../../../ingest-gateway/forward/forwarder.ts';
import { batchFlags } from '../../../ingest-gateway/queue/batch-file.ts';
import type { BatchInfo, NewBatch } from '../../../ingest-gateway/queue/batch-queue.ts';
import { eventually } from '../../support/eventually.ts';
import { createSendPath, newBatch, type SendPath, type SendPathOptions } from '../../support/send-path.ts';
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

describe('one batch on its way to a backend', () => {
  const nowMs = 1_795_395_685_000;
  interface SendScene {
    readonly backend: WriteBackend;
    readonly path: SendPath;
    /** Queues the batch and sends it. */
    readonly send: (batch: NewBatch, mode?: { readonly coalesce: boolean }) => Promise<BatchOutcome>;
  }

  async function sendScene(respond?: WriteResponder, overrides: Partial<SendPathOptions> = {}): Promise<SendScene> {
    const backend = await startWriteBackend(respond);
    open.push(backend);
    const path = await createSendPath({ url: backend.url, now: () => nowMs, ...overrides });
    open.push(path);
    return {
      backend,
      path,
      async send(batch, mode = { coalesce: true }) {
        await path.queue().append([batch]);
        const outcome = await path.sender.send(path.queue().first(batch.host) as BatchInfo, mode);
        path.queue().settle(batch.host);
        return outcome;
      },
    };
  }

  const ok: BatchOutcome = { kind: 'ok', drops: [] };

  test('sends the body as it is in the queue, and reports the batch as stored', async () => {
    const stored: string[] = [];
    const { backend, send } = await sendScene(undefined, { onStored: async ({ host }) => void stored.push(host) });
    expect(await send(newBatch('a', { m: [[nowMs, 1]], n: [[nowMs, 2]] }))).toEqual(ok);
    expect([[...backend.stored], backend.queries(), stored]).toEqual([
      [
        [`a m ${nowMs}`, 1],
        [`a n ${nowMs}`, 2],
      ],
      0,
      ['a'],
    ]);
  });

  test('keeps a stored batch for a retry when it cannot be recorded', async () => {
    const onStored = () => Promise.reject(new Error('disk full'));
    const { backend, send } = await sendScene(undefined, { onStored });
    expect(await send(newBatch('a', { m: [[nowMs, 1]] }))).toEqual({
      kind: 'retry',
      message: 'the stored batch cannot be recorded: disk full',
    });
    expect(backend.stored.size).toBe(1);
  });

  test('drops a batch whose newest sample is older than the limit', async () => {
    const { backend, send } = await sendScene();
    const [atLimit, beyond] = [nowMs - 86_400_000, nowMs - 86_400_001];
    expect(await send(newBatch('a', { m: [[atLimit, 1]] }))).toEqual(ok);
    expect(
      await send(
        newBatch('a', {
          m: [
            [beyond - 5, 1],
            [beyond, 2],
          ],
        }),
      ),
    ).toEqual({
      kind: 'ok',
      drops: [{ reason: 'max_age', samples: 2 }],
    });
    expect(backend.requests).toHaveLength(1);
  });

  test.each([
    ['is not known', { has: () => false, isKnown: () => false }, { kind: 'unreachable' }],
    [
      'has the host',
      { has: () => true, isKnown: () => true },
      { kind: 'ok', drops: [{ reason: 'scraped', samples: 1 }] },
    ],
    ['does not have the host', { has: () => false, isKnown: () => true }, ok],
  ])(
    'checks a batch accepted before the list of scraped hosts was known: the list %s',
    async (_, scraped, expected) => {
      const { backend, send } = await sendScene(undefined, { scraped });
      expect(await send(newBatch('a', { m: [[nowMs, 1]] }, batchFlags.scrapeUnknown))).toMatchObject(expected);
      expect(backend.requests).toHaveLength(expected === ok ? 1 : 0);
    },
  );

  test('drops a batch whose body is damaged on disk', async () => {
    const { path, backend } = await sendScene();
    await path.queue().append([newBatch('a', { m: [[nowMs, 1]] })]);
    await path.reopen(() => {
      const database = new DatabaseSync(path.path);
      database.exec('update batches set crc = crc + 1');
      database.close();
    });
    const batch = path.queue().first('a') as BatchInfo;
    expect(await path.sender.send(batch, { coalesce: true })).toEqual({
      kind: 'ok',
      drops: [{ reason: 'damaged', samples: 1 }],
    });
    expect(backend.requests).toHaveLength(0);
  });

  test('compares an out-of-order batch: sends missing samples, drops other values, skips equal ones', async () => {
    const { backend, send } = await sendScene();
    await send(
      newBatch('a', {
        m: [
          [nowMs - 3, 1],
          [nowMs - 2, 2],
        ],
      }),
    );
    const late = newBatch(
      'a',
      {
        m: [
          [nowMs - 3, 1],
          [nowMs - 2, 9],
          [nowMs - 1, 3],
        ],
      },
      batchFlags.outOfOrder,
    );
    expect(await send(late)).toEqual({ kind: 'ok', drops: [{ reason: 'conflict', samples: 1 }] });
    expect(backend.requests[1]?.map(({ samples }) => samples.map(({ timestampMs }) => timestampMs))).toEqual([
      [nowMs - 1],
    ]);
    expect(backend.stored.get(`a m ${nowMs - 2}`)).toBe(2);
    expect(await send(late)).toEqual({ kind: 'ok', drops: [{ reason: 'conflict', samples: 1 }] });
    expect(backend.requests).toHaveLength(2);
  });

  test('bisects a refused batch down to the samples at fault', async () => {
    const { backend, path, send } = await sendScene((series) => {
      const values = series.flatMap(({ samples }) => samples.map(({ value }) => value));
      if (values.includes(13)) return [400, 'duplicate sample for timestamp'];
      return values.includes(14) ? [500, 'too old sample'] : undefined;
    });
    const good = Array.from({ length: 10 }, (_, at) => [nowMs + at, at] as const);
    const series = { a: good, b: [...good.slice(0, 4), [nowMs + 4, 13], [nowMs + 5, 14]] as const, c: good };
    const outcome = await send(newBatch('a', series));
    expect(outcome).toMatchObject({
      kind: 'ok',
      drops: [
        { reason: 'duplicate', samples: 1 },
        { reason: 'too_old', samples: 1 },
      ],
    });
    expect(backend.stored.size).toBe(24);
    expect(path.log.lines.at(-1)).toMatchObject({ msg: 'Prometheus refused samples', host: 'a', refused: 2, of: 26 });
  });

  test('a failure in the middle of a bisection keeps the whole batch', async () => {
    let requests = 0;
    const { send } = await sendScene(() => {
      requests += 1;
      return requests === 1 ? [400, 'out of bounds'] : requests === 3 ? [503, 'stopping'] : undefined;
    });
    expect(await send(newBatch('a', { m: [[nowMs, 1]], n: [[nowMs, 2]] }))).toEqual({
      kind: 'unreachable',
      message: 'status 503: stopping',
    });
  });

  test('a host with a refused sample is not coalesced for ten minutes', async () => {
    let timeMs = nowMs;
    const { backend, path } = await sendScene(
      (series) => (series.some(({ samples }) => samples[0]?.value === 13) ? [400, 'out of bounds'] : undefined),
      { now: () => timeMs, maxRequests: 1 },
    );
    const queue = path.queue();
    const sendAll = async (value: number): Promise<number> => {
      await queue.append(['a', 'b', 'c'].map((host) => newBatch(host, { m: [[timeMs, host === 'a' ? value : 1]] })));
      const before = backend.requests.length;
      const first = ['a', 'b', 'c'].map((host) => queue.first(host) as BatchInfo);
      await Promise.all(first.map((batch) => path.sender.send(batch, { coalesce: true })));
      for (const { host } of first) queue.settle(host);
      return backend.requests.length - before;
    };
    expect(await sendAll(13)).toBe(4);
    timeMs += 599_999;
    expect(await sendAll(1)).toBe(2);
    timeMs += 1;
    expect(await sendAll(1)).toBe(1);
  });

  test('a backend that is gone is unreachable, for writes and for comparisons', async () => {
    const { backend, send } = await sendScene();
    backend.stop();
    expect(await send(newBatch('a', { m: [[nowMs, 1]] }))).toMatchObject({ kind: 'unreachable' });
    const late = newBatch('a', { m: [[nowMs, 1]] }, batchFlags.outOfOrder);
    expect(await send(late)).toMatchObject({ kind: 'unreachable' });
  });

  test('resends the samples that the backend no longer has', async () => {
    const { backend, path, send } = await sendScene();
    await send(
      newBatch('a', {
        m: [
          [nowMs, 1],
          [nowMs + 1, 2],
        ],
      }),
    );
    const [batch] = path.queue().settled();
    expect(await path.sender.resend(batch as BatchInfo, { coalesce: true })).toEqual(ok);
    expect(backend.requests).toHaveLength(1);
    backend.stored.delete(`a m ${nowMs + 1}`);
    expect(await path.sender.resend(batch as BatchInfo, { coalesce: true })).toEqual(ok);
    expect(backend.requests[1]?.[0]?.samples).toHaveLength(1);
    expect(backend.stored.size).toBe(2);
  });
});
