/** The HTTP protocols on real sockets: wire format, TLS, proxies, outcomes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../../common/program/settings/secret.ts';
import type { Family } from '../../../../exporter/exposition/family.ts';
import type { SampleSet } from '../../../../exporter/push/buffer/sample-buffer.ts';
import { protocols } from '../../../../exporter/push/protocols/index.ts';
import { remoteWriteUrl } from '../../../../exporter/push/protocols/remote-write.ts';
import type { Sender, SenderOptions } from '../../../../exporter/push/protocols/sender.ts';
import { encodeLayout, layoutOf, valuesOf } from '../../../../exporter/push/sampler/series-layout.ts';
import { createAuthority } from '../../../support/certificates.ts';
import { type PushSink, type PushSinkOptions, startPushSink } from '../../../support/push-sink.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

const work = mkdtempSync(join(tmpdir(), 'senders-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function sink(options: PushSinkOptions = {}): Promise<PushSink> {
  const started = await startPushSink(options);
  closing.push(() => started.stop());
  return started;
}

async function sender(protocol: string, options: Partial<SenderOptions> & { serverUrl: string }): Promise<Sender> {
  const found = protocols.find(({ name }) => name === protocol);
  if (found === undefined) throw new Error(`no protocol ${protocol}`);
  const created = await found.create({
    host: 'web-1',
    labels: { env: 'prod' },
    tls: {},
    environment: {},
    version: '1.2.3',
    now: Date.now,
    log: createRecordingLog(),
    ...options,
  });
  closing.push(() => created.close());
  return created;
}

const atMs = 1_800_000_000_000;
const unending = new AbortController().signal;

const families: readonly Family[] = [
  {
    name: 'node_cpu_seconds_total',
    help: 'Seconds the CPUs spent in each mode.',
    type: 'counter',
    samples: [
      { labels: { cpu: '0', mode: 'idle' }, value: 12.5 },
      { labels: { cpu: '0', mode: 'user' }, value: 0.1 + 0.2 },
    ],
  },
  {
    name: 'odd',
    help: 'Labels of the host in a textfile, values that JSON lacks.',
    type: 'gauge',
    samples: [
      { labels: { instance: 'db-7', env: 'test', path: 'C:\\"x"\n' }, value: NaN },
      { labels: { job: 'backup' }, value: -Infinity },
    ],
  },
  {
    name: 'latency_seconds',
    help: 'A histogram.',
    type: 'histogram',
    samples: [
      { labels: { le: '+Inf' }, suffix: '_bucket', value: 3 },
      { labels: {}, suffix: '_sum', value: 0.5 },
      { labels: {}, suffix: '_count', value: 3 },
    ],
  },
];

/** The families at `index` intervals after the first set, each value one more. */
function setAt(
  index: number,
  from: readonly Family[] = families,
  layout = { bytes: encodeLayout(layoutOf(from)) },
): SampleSet {
  const moved = from.map((family) => ({
    ...family,
    samples: family.samples.map((each) => ({ ...each, value: each.value + index })),
  }));
  const { sampleCount } = layoutOf(from);
  const values = valuesOf(moved, sampleCount);
  return { id: index + 1, timestampMs: atMs + index * 5_000, kind: 'samples', layout, sampleCount, values };
}

function endAt(index: number, from: readonly Family[]): SampleSet {
  return { ...setAt(index, from), kind: 'stale', values: new Uint8Array(0) };
}

describe.each(['remote_write', 'http'])('%s', (protocol) => {
  test('series with their points, the host and its labels', async () => {
    const { url, taken } = await sink();
    const to = await sender(protocol, { serverUrl: url });
    const layout = { bytes: encodeLayout(layoutOf(families)) };
    const sets = [0, 1, 2].map((index) => setAt(index, families, layout));
    expect(await to.send(sets, unending)).toEqual({ kind: 'ok', rejectedSamples: 0 });
    const host = { env: 'prod', job: 'node', instance: 'web-1' };
    const points = (first: number) => [0, 1, 2].map((index) => [atMs + index * 5_000, first + index]);
    expect(taken).toHaveLength(1);
    expect(taken[0]?.series).toEqual([
      { name: 'node_cpu_seconds_total', labels: { ...host, cpu: '0', mode: 'idle' }, points: points(12.5) },
      { name: 'node_cpu_seconds_total', labels: { ...host, cpu: '0', mode: 'user' }, points: points(0.1 + 0.2) },
      {
        name: 'odd',
        labels: { ...host, exported_env: 'test', exported_instance: 'db-7', path: 'C:\\"x"\n' },
        points: points(NaN),
      },
      { name: 'odd', labels: { ...host, exported_job: 'backup' }, points: points(-Infinity) },
      { name: 'latency_seconds_bucket', labels: { ...host, le: '+Inf' }, points: points(3) },
      { name: 'latency_seconds_sum', labels: host, points: points(0.5) },
      { name: 'latency_seconds_count', labels: host, points: points(3) },
    ]);
  });

  test('layouts that change: each series once, with its end', async () => {
    const { url, taken } = await sink();
    const to = await sender(protocol, { serverUrl: url });
    const [cpu] = families as [Family];
    const before = [{ ...cpu, samples: cpu.samples.slice(0, 1) }];
    const after = [{ ...cpu, samples: cpu.samples.slice(1, 2) }];
    await to.send([setAt(0, before), endAt(1, before), setAt(1, after), setAt(2, [cpu])], unending);
    expect(taken[0]?.series.map(({ labels, points }) => [labels['mode'], points])).toEqual([
      [
        'idle',
        [
          [atMs, 12.5],
          [atMs + 5_000, null],
          [atMs + 10_000, 14.5],
        ],
      ],
      [
        'user',
        [
          [atMs + 5_000, 0.1 + 0.2 + 1],
          [atMs + 10_000, 0.1 + 0.2 + 2],
        ],
      ],
    ]);
  });

  test('sets are sent in order of time after the clock was set back', async () => {
    const { url, taken } = await sink();
    const to = await sender(protocol, { serverUrl: url });
    await to.send([setAt(2), setAt(0), setAt(1)], unending);
    const times = taken[0]?.series.map(({ points }) => points.map(([ms]) => ms));
    expect(times).toEqual(Array(7).fill([atMs, atMs + 5_000, atMs + 10_000]));
  });

  test('one connection for many requests; reconnects when the receiver has closed it', async () => {
    const first = await sink();
    const { url, port, taken } = first;
    const to = await sender(protocol, { serverUrl: url });
    await to.send([setAt(0)], unending);
    await to.send([setAt(1)], unending);
    await first.stop();
    expect(await to.send([setAt(2)], unending)).toMatchObject({ kind: 'retry', reason: 'network' });
    const again = await sink({ port });
    expect(await to.send([setAt(2)], unending)).toMatchObject({ kind: 'ok' });
    expect([taken.length, again.taken.length]).toEqual([2, 1]);
  });

  test.each([
    [{ status: 200 }, { kind: 'ok' }],
    [
      { status: 400, body: 'out of bounds' },
      { kind: 'drop', detail: 'HTTP 400: out of bounds' },
    ],
    [{ status: 413 }, { kind: 'drop', detail: 'HTTP 413' }],
    [{ status: 422 }, { kind: 'drop' }],
    [{ status: 401 }, { kind: 'retry', reason: 'unauthorized', afterMs: 60_000 }],
    [
      { status: 403, body: 'no\n  scope' },
      { kind: 'retry', reason: 'unauthorized', detail: 'HTTP 403: no scope', afterMs: 60_000 },
    ],
    [{ status: 404 }, { kind: 'retry', reason: 'misdirected', afterMs: 60_000 }],
    [{ status: 204 }, { kind: 'ok' }],
    [
      { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Log in</html>' },
      { kind: 'retry', reason: 'misdirected', detail: expect.stringContaining('Log in') },
    ],
    [
      { status: 200, body: ' <!DOCTYPE html><title>x</title>' },
      { kind: 'retry', reason: 'misdirected' },
    ],
    [
      { status: 202, headers: { 'Content-Type': 'text/html; charset=utf-8' } },
      { kind: 'retry', reason: 'misdirected' },
    ],
    [
      {
        status: 400,
        headers: { 'Content-Type': 'text/plain' },
        body: 'Client sent an HTTP request to an HTTPS server.\n',
      },
      { kind: 'retry', reason: 'misdirected' },
    ],
    [
      { status: 400, headers: { 'Content-Type': 'text/html' }, body: 'The plain HTTP request was sent to HTTPS port' },
      { kind: 'retry', reason: 'misdirected' },
    ],
    [
      { status: 422, body: '<?xml version="1.0"?><error/>' },
      { kind: 'retry', reason: 'misdirected' },
    ],
    [{ status: 413, headers: { 'Content-Type': 'text/html' }, body: '<html>too large</html>' }, { kind: 'drop' }],
    [
      { status: 301, headers: { Location: 'http://elsewhere/' } },
      { kind: 'retry', reason: 'misdirected' },
    ],
    [{ status: 408 }, { kind: 'retry', reason: 'server' }],
    [
      { status: 429, headers: { 'Retry-After': '7' } },
      { kind: 'retry', reason: 'overloaded', afterMs: 7_000 },
    ],
    [
      { status: 429, headers: { 'Retry-After': '86400' } },
      { kind: 'retry', reason: 'overloaded', afterMs: 300_000 },
    ],
    [
      { status: 503, headers: { 'Retry-After': '2' } },
      { kind: 'retry', reason: 'overloaded', afterMs: 2_000 },
    ],
    [{ status: 502 }, { kind: 'retry', reason: 'server', detail: 'HTTP 502' }],
    [{ status: 500, body: 'too old sample' }, { kind: 'drop' }],
    [{ status: 500, body: 'label name "a" is not unique' }, { kind: 'drop' }],
  ])('answer %j', async (answer, outcome) => {
    const { url } = await sink({ answer: () => answer });
    const to = await sender(protocol, { serverUrl: url });
    expect(await to.send([setAt(0)], unending)).toMatchObject(outcome);
  });

  test('a redirect within the host is followed, one to another host or port is not', async () => {
    const { url, port, taken, all } = await sink({
      answer: ({ path }) =>
        path.startsWith('/moved') ? { status: 204 } : { status: 307, headers: { Location: `/moved${path}` } },
    });
    const to = await sender(protocol, { serverUrl: url, apiKey: new Secret('hp_key') });
    expect(await to.send([setAt(0)], unending)).toMatchObject({ kind: 'ok' });
    expect(await to.send([setAt(1)], unending)).toMatchObject({ kind: 'ok' });
    expect(all).toHaveLength(3);
    expect(taken.map(({ headers }) => headers.authorization)).toEqual(['Bearer hp_key', 'Bearer hp_key']);

    const locations = [`http://localhost:${port}/moved/`, 'http://127.0.0.1:1/moved/', 'ftp://127.0.0.1/', 'http://['];
    for (const location of locations) {
      const other = await sink({ answer: () => ({ status: 308, headers: { Location: location } }) });
      const away = await sender(protocol, { serverUrl: other.url });
      expect(await away.send([setAt(0)], unending)).toMatchObject({ kind: 'retry', reason: 'misdirected' });
      expect(other.all).toHaveLength(1);
    }
    expect(taken).toHaveLength(2);
  });

  test('redirects in a circle end', async () => {
    const { url, all } = await sink({ answer: ({ path }) => ({ status: 302, headers: { Location: path } }) });
    const to = await sender(protocol, { serverUrl: url });
    expect(await to.send([setAt(0)], unending)).toMatchObject({ kind: 'retry', reason: 'misdirected' });
    expect(all).toHaveLength(4);
  });

  test('a failure closes the connection, so that the next request resolves the name again', async () => {
    let status = 503;
    const connections = new Set<unknown>();
    const server = createServer((incoming, response) => {
      connections.add(incoming.socket);
      incoming.resume().on('end', () => response.writeHead(status).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(
      () => new Promise((resolve) => server.close(resolve)),
      () => server.closeAllConnections(),
    );
    const to = await sender(protocol, { serverUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await to.send([setAt(0)], unending)).toMatchObject({ kind: 'retry' });
    status = 204;
    expect(await to.send([setAt(0)], unending)).toMatchObject({ kind: 'ok' });
    expect(await to.send([setAt(0)], unending)).toMatchObject({ kind: 'ok' });
    expect(connections.size).toBe(2);
  });

  test('a receiver that hangs up, and an aborted request', async () => {
    const { url } = await sink({ answer: () => undefined });
    const to = await sender(protocol, { serverUrl: url });
    expect(await to.send([setAt(0)], unending)).toMatchObject({ kind: 'retry', reason: 'network' });
    expect(await to.send([setAt(0)], AbortSignal.abort())).toMatchObject({ kind: 'retry', reason: 'network' });
  });

  test('TLS: a custom authority and a client certificate, both required', async () => {
    const ca = createAuthority(work, `ca-${protocol}`);
    const server = ca.issue(`server-${protocol}`, 'IP:127.0.0.1');
    const client = ca.issue(`client-${protocol}`, 'DNS:web-1');
    const tls = {
      cert: readFileSync(server.certFile),
      key: readFileSync(server.keyFile),
      ca: readFileSync(ca.certFile),
      requestCert: true,
      rejectUnauthorized: true,
    };
    const { url, taken } = await sink({ tls });
    const caFile = ca.certFile;
    const outcomeWith = async (files: SenderOptions['tls']) =>
      (await sender(protocol, { serverUrl: url, tls: files })).send([setAt(0)], unending);
    expect(await outcomeWith({})).toMatchObject({
      kind: 'retry',
      reason: 'network',
      detail: expect.stringMatching(/certificate/),
    });
    expect(await outcomeWith({ caFile })).toMatchObject({ kind: 'retry', reason: 'network' });
    expect(taken).toHaveLength(0);
    expect(await outcomeWith({ caFile, ...client })).toMatchObject({ kind: 'ok' });
    expect(taken).toHaveLength(1);
    await expect(outcomeWith({ caFile: '/no/such/ca.crt' })).rejects.toThrow(
      'collector.tls.ca_file: cannot read /no/such/ca.crt',
    );
  });

  test('a proxy, and hosts excluded from it', async () => {
    const through: string[] = [];
    const proxy = createServer((incoming, response) => {
      through.push(incoming.url ?? '');
      const { method, headers } = incoming;
      const forwarded = request(incoming.url ?? '', { method: method as string, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(forwarded);
    });
    proxy.on('connect', ({ url = '' }: { url?: string }, socket: Socket) => {
      through.push(`CONNECT ${url}`);
      const tunnel = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        tunnel.pipe(socket).pipe(tunnel);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing.push(
      () => new Promise((resolve) => proxy.close(resolve)),
      () => proxy.closeAllConnections(),
    );
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { url, port, taken } = await sink();
    const through1 = await sender(protocol, { serverUrl: url, environment: { HTTP_PROXY: proxyUrl } });
    expect(await through1.send([setAt(0)], unending)).toMatchObject({ kind: 'ok' });
    expect(through).toEqual([expect.stringContaining(`127.0.0.1:${port}`)]);
    const around = await sender(protocol, {
      serverUrl: url,
      environment: { HTTP_PROXY: proxyUrl, NO_PROXY: '127.0.0.1' },
    });
    expect(await around.send([setAt(0)], unending)).toMatchObject({ kind: 'ok' });
    expect([through.length, taken.length]).toEqual([1, 2]);
  });
});

describe('headers and paths', () => {
  test('remote write 1.0', async () => {
    const { url, taken } = await sink();
    const to = await sender('remote_write', { serverUrl: url, apiKey: new Secret('hp_key') });
    await to.send([setAt(0)], unending);
    expect(taken[0]?.path).toBe('/api/v1/write');
    expect(taken[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
      'user-agent': 'hostpulse-exporter/1.2.3',
      authorization: 'Bearer hp_key',
    });
  });

  test.each([
    ['https://p.example', 'https://p.example/api/v1/write'],
    ['https://p.example/prefix', 'https://p.example/prefix/api/v1/write'],
    ['https://mimir.example/api/v1/push', 'https://mimir.example/api/v1/push'],
    ['https://thanos.example/api/v1/receive', 'https://thanos.example/api/v1/receive'],
    ['https://vm.example/insert/0/prometheus/api/v1/write', 'https://vm.example/insert/0/prometheus/api/v1/write'],
  ])('%s', (serverUrl, expected) => {
    expect(remoteWriteUrl(serverUrl).href).toBe(expected);
  });

  test('JSON by the contract', async () => {
    const { url, taken } = await sink();
    const to = await sender('http', { serverUrl: `${url}/hostpulse`, apiKey: new Secret('hp_key') });
    await to.send([setAt(0)], unending);
    expect(taken[0]?.path).toBe('/hostpulse/api/v1/metrics/collect');
    expect(taken[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      authorization: 'Bearer hp_key',
    });
    expect(taken[0]?.body).toMatchObject({
      host: 'web-1',
      labels: { env: 'prod' },
      metrics: expect.arrayContaining([
        {
          name: 'node_cpu_seconds_total',
          type: 'counter',
          tags: { cpu: '0', mode: 'idle' },
          points: [[atMs, 12.5]],
        },
        { name: 'odd', type: 'gauge', tags: { exported_job: 'backup' }, points: [[atMs, '-Inf']] },
      ]),
    });
  });

  test.each([
    [{ accepted: 4, rejected: 3, errors: [{ index: 0, message: 'too old' }] }, 3, 'too old'],
    [{ accepted: 0, rejected: [{ reason: 'scraped', count: 7 }] }, 7, 'scraped'],
  ])('202 that leaves samples out: %j', async (body, rejectedSamples, words) => {
    const { url } = await sink({ answer: () => ({ status: 202, body: JSON.stringify(body) }) });
    const to = await sender('http', { serverUrl: url });
    expect(await to.send([setAt(0)], unending)).toEqual({
      kind: 'ok',
      rejectedSamples,
      detail: expect.stringContaining(words),
    });
  });
});
