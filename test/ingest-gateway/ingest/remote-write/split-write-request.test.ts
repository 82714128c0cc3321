/** Received remote write: valid requests are forwarded byte for byte, and overload gets a status at which no sender drops samples. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { compressBlock, createBlockReader, uncompressBlock } from '../../../../common/remote-write/snappy.ts';
import { splitWriteRequest } from '../../../../ingest-gateway/ingest/remote-write/split-write-request.ts';
import { createRejections } from '../../../../ingest-gateway/ingest/sample-checks.ts';
import { createKnownLabels } from '../../../../ingest-gateway/remote-write/known-labels.ts';
import { readWriteRequest } from '../../../../ingest-gateway/remote-write/read.ts';
import { eventually } from '../../../support/eventually.ts';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';
import { writeBody, writeHeaders } from '../../../support/pushes.ts';
import { series as seriesOf } from '../../../support/raw-write-request.ts';
import { seriesGate } from '../../../support/series-gate.ts';

const nowMs = 1_795_395_685_000;

/** Splits a request of these series, and shows each batch and what was rejected. */
function split(series: readonly (readonly (readonly [string, string])[])[], boundHost?: string) {
  const rejections = createRejections();
  const plain = series.flatMap((labels) => seriesOf(labels, nowMs));
  const batches = splitWriteRequest({
    body: Buffer.from(compressBlock(Uint8Array.from(plain))),
    maxBytes: 1_000_000,
    maxSamples: 50_000,
    blocks: createBlockReader(),
    ...seriesGate(),
    known: createKnownLabels(),
    boundHost,
    isScrapedTarget: (job, instance) => job === 'relay' && instance === 'server',
    rejections,
    nowMs,
  });
  return {
    batches: batches.map(({ host, hasUp, isOfPrograms, hostLabels, body }) => ({
      host,
      hasUp,
      isOfPrograms,
      hostLabels,
      series: readWriteRequest(uncompressBlock(body, { maxBytes: 10_000 })).map(({ labels }) =>
        Object.fromEntries(labels),
      ),
    })),
    rejected: rejections.first.map(({ reason, message }) => [reason, message]),
  };
}

const labelled = (name: string, job: string, instance: string, more: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    __name__: name,
    ...(instance === '' ? {} : { instance }),
    ...(job === '' ? {} : { job }),
    ...more,
  }).sort(([one], [other]) => (one < other ? -1 : 1));

test('series of a host, of programs and without an instance are separate batches; only the first is a host', () => {
  const { batches, rejected } = split([
    labelled('node_load1', 'node', 'web-1'),
    labelled('requests', 'shop', 'web-1'),
    labelled('hostpulse_cpu_usage_total', 'agent', 'web-2'),
    labelled('job:requests:rate5m', 'shop', ''),
    labelled('sum_of_all', '', ''),
    labelled('node_load1', 'node', 'not "a" host'),
  ]);
  expect(rejected).toEqual([]);
  expect(batches.map(({ host, isOfPrograms, series: { length } }) => [host, isOfPrograms, length])).toEqual([
    ['web-1', false, 1],
    ['web-1', true, 1],
    ['web-2', false, 1],
    ['', true, 2],
    ['not "a" host', true, 1],
  ]);
});

test.each(['a\u001bb', 'say "hi"', 'x'.repeat(254), ''])(
  'up of the job node and the instance %j, which is no host, is refused',
  (instance) => {
    const { batches, rejected } = split([
      labelled('up', 'node', instance),
      labelled('up', 'shop', instance),
      labelled('node_load1', 'node', instance),
    ]);
    expect(rejected).toEqual([['reserved', expect.stringContaining('the instance is no host name')]]);
    expect(batches.map(({ isOfPrograms, series }) => [isOfPrograms, series.map(({ __name__ }) => __name__)])).toEqual([
      [true, ['up', 'node_load1']],
    ]);
  },
);

test('a key that is bound to a host fills in the instance, and pushes nothing of others', () => {
  const own = labelled('node_load1', 'node', 'own');
  const { batches, rejected } = split(
    [
      own,
      labelled('requests', 'shop', ''),
      labelled('requests', 'shop', 'victim'),
      labelled('requests', 'relay', 'own'),
      labelled('up', 'prometheus', 'own'),
      labelled('a:b:c', 'shop', ''),
      labelled('ALERTS', 'shop', 'own', { alertname: 'Foreign' }),
      own,
    ],
    'own',
  );
  expect(rejected.map(([reason]) => reason)).toEqual(['label', 'reserved', 'reserved', 'reserved', 'reserved']);
  expect(batches.map(({ series }) => series)).toEqual([
    [Object.fromEntries(own), Object.fromEntries(own)],
    [{ __name__: 'requests', instance: 'own', job: 'shop' }],
  ]);
});

test('a target that Prometheus scrapes is refused, and hostpulse alerts and recorded names too', () => {
  const { batches, rejected } = split([
    labelled('up', 'relay', 'server'),
    labelled('up', 'relay', 'other'),
    labelled('ALERTS', '', '', { alertname: 'HostDown' }),
    labelled('ALERTS', '', '', { alertname: 'Foreign' }),
    labelled('instance:cpu_usage_total:avg1m', 'node', 'web-1'),
  ]);
  expect(rejected.map(([reason]) => reason)).toEqual(['scraped', 'reserved', 'reserved']);
  expect(batches.flatMap(({ series }) => series.map((each) => each['__name__']))).toEqual(['up', 'ALERTS']);
});

test.each([
  [
    'the labels of `up`',
    [labelled('up', 'node', 'h', { env: 'prod' }), labelled('a', 'node', 'h')],
    { env: 'prod' },
    true,
  ],
  [
    'labels that all series share',
    ['a', 'b', 'c', 'd', 'e'].map((name) => labelled(name, 'node', 'h', { env: 'prod', device: name })),
    { env: 'prod' },
    false,
  ],
  ['nothing of a few series', [labelled('a', 'node', 'h', { device: 'sda' })], undefined, false],
])('static labels: %s', (_, series, hostLabels, hasUp) => {
  expect(split(series).batches).toMatchObject([{ host: 'h', hasUp, isOfPrograms: false }]);
  expect(split(series).batches[0]?.hostLabels).toEqual(hostLabels);
});

const open: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

async function start(overrides: Parameters<typeof startGateway>[0]): Promise<RunningGateway> {
  const gateway = await startGateway(overrides);
  open.push(gateway);
  return gateway;
}

/** Starts a remote write backend without scrape targets that keeps received bodies. */
async function startBackend(): Promise<{ readonly url: string; readonly bodies: Buffer[] }> {
  const bodies: Buffer[] = [];
  const server: Server = createServer((request, response) => {
    const isWrite = request.url === '/api/v1/write';
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (isWrite) bodies.push(Buffer.concat(chunks));
      response.writeHead(isWrite ? 204 : 404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

const series = (host: string, points: readonly (readonly [number, number])[]) => ({
  labels: { __name__: 'node_load1', instance: host, job: 'node' },
  points,
});

async function write(gateway: RunningGateway, key: string, body: Uint8Array): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, ...writeHeaders };
  return gateway.fetch('/api/v1/write', { method: 'POST', headers, body });
}

test('forwards a valid request of one host byte for byte, and another one without its invalid series', async () => {
  const backend = await startBackend();
  const gateway = await start({ prometheusUrl: backend.url });
  const key = await gateway.createKey({ scopes: ['push'] });
  const nowMs = Date.now();
  const good = writeBody([series('web-1', [[nowMs, 1.5]])]);
  // Metadata, which the gateway itself never writes: field 3 of the request.
  const metadata = Uint8Array.from([0x1a, 4, 0x08, 1, 0x12, 0]);
  const plain = uncompressBlock(writeBody([series('web-2', [[nowMs, 2.5]])]), { maxBytes: 1_000 });
  const foreign = compressBlock(new Uint8Array(Buffer.concat([plain, metadata])));
  for (const body of [good, foreign]) expect((await write(gateway, key, body)).status).toBe(204);
  const bad = writeBody([series('web-3', [[nowMs, 1]]), series('web-3', [[nowMs - 27 * 3_600_000, 1]])]);
  expect((await write(gateway, key, bad)).status).toBe(400);
  await eventually({ what: 'all three are forwarded', limitMs: 20_000 }, () =>
    backend.bodies.length >= 3 ? true : undefined,
  );
  expect(backend.bodies).toContainEqual(Buffer.from(good));
  expect(backend.bodies).toContainEqual(Buffer.from(foreign));
  expect(backend.bodies).not.toContainEqual(Buffer.from(bad));
});

test('a full queue gets 503 with Retry-After, never 429, and accepts nothing', async () => {
  const gateway = await start({ queueMaxBytes: 3_000, collectRequestsPerMinute: 1 });
  const key = await gateway.createKey({ scopes: ['push'] });
  const body = (): Uint8Array =>
    writeBody([
      series(
        'web-1',
        Array.from({ length: 100 }, (_, at) => [Date.now() - 1_000 + at, Math.random()] as const),
      ),
    ]);
  const answers = [await write(gateway, key, body())];
  while (answers.at(-1)?.status === 204) answers.push(await write(gateway, key, body()));
  const last = answers.at(-1);
  expect([answers.length > 1, last?.status, last?.headers.get('retry-after')]).toEqual([true, 503, '5']);
  const metrics = await (await gateway.fetch('/metrics')).text();
  const accepted = /^hostpulse_gateway_samples_accepted_total\{way="remote_write"\} (\d+)$/m.exec(metrics)?.[1];
  expect(Number(accepted)).toBe(100 * (answers.length - 1));
  expect(metrics).toContain('hostpulse_gateway_pushes_refused_total{reason="full"} 1\n');
});
