/** `protocol: grpc` against a real gRPC server: metrics, TLS, outcomes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { Secret } from '../../../../common/program/settings/secret.ts';
import { createProtobufWriter } from '../../../../common/protobuf/write.ts';
import type { Family } from '../../../../exporter/exposition/family.ts';
import type { SampleSet } from '../../../../exporter/push/buffer/sample-buffer.ts';
import { createOtlpSender } from '../../../../exporter/push/protocols/otlp.ts';
import type { Sender, SenderOptions } from '../../../../exporter/push/protocols/sender.ts';
import { encodeLayout, layoutOf, valuesOf } from '../../../../exporter/push/sampler/series-layout.ts';
import { createAuthority } from '../../../support/certificates.ts';
import { type OtlpReceiver, type OtlpReceiverOptions, startOtlpReceiver } from '../../../support/otlp-receiver.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

const work = mkdtempSync(join(tmpdir(), 'push-otlp-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function receiver(options: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const started = await startOtlpReceiver(options);
  closing.push(() => started.stop());
  return started;
}

function sender(options: Partial<SenderOptions> & { readonly serverUrl: string }): Sender {
  const created = createOtlpSender({
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

const family = (name: string, type: Family['type'], samples: Family['samples']): Family => ({
  name,
  help: `${name}.`,
  type,
  samples,
});
const families: readonly Family[] = [
  family('node_boot_time_seconds', 'gauge', [{ labels: {}, value: 1_790_000_000 }]),
  family('node_cpu_seconds_total', 'counter', [
    { labels: { cpu: '0', mode: 'idle' }, value: 12.5 },
    { labels: { cpu: '0', mode: 'user' }, value: 0.25 },
  ]),
  family('node_netstat_Tcp_CurrEstab', 'untyped', [{ labels: {}, value: 7 }]),
];
const layout = { bytes: encodeLayout(layoutOf(families)) };

function setAt(index: number): SampleSet {
  const { sampleCount } = layoutOf(families);
  const values = valuesOf(families, sampleCount);
  return { id: index + 1, timestampMs: atMs + index * 5_000, kind: 'samples', layout, sampleCount, values };
}

test('counters are cumulative sums, all others gauges; labels, ends, the host as resource', async () => {
  const { port, requests } = await receiver();
  const to = sender({ serverUrl: `http://127.0.0.1:${port}`, apiKey: new Secret('hp_key') });
  const end: SampleSet = { ...setAt(2), kind: 'stale', values: new Uint8Array(0) };
  expect(await to.send([setAt(0), setAt(1), end], unending)).toEqual({ kind: 'ok', rejectedSamples: 0 });
  expect(requests).toHaveLength(1);
  expect(requests[0]?.metadata.get('authorization')).toEqual(['Bearer hp_key']);
  const [resource, ...others] = requests[0]?.resources ?? [];
  expect(others).toEqual([]);
  expect(Object.fromEntries(resource?.attributes ?? [])).toEqual({
    'service.name': 'node',
    'service.instance.id': 'web-1',
    'host.name': 'web-1',
  });
  const points = (value: number, own: Readonly<Record<string, string>> = {}) =>
    [value, value, undefined].map((each, index) => ({
      attributes: new Map(Object.entries({ env: 'prod', ...own })),
      timeMs: atMs + index * 5_000,
      hasEnded: each === undefined,
      value: each,
    }));
  const scope = { name: 'hostpulse-exporter', version: '1.2.3' };
  const shape = { unit: '', temporality: 'cumulative', scope, faults: [] };
  expect(resource?.metrics).toEqual([
    { name: 'node_boot_time_seconds', ...shape, kind: 'gauge', isMonotonic: false, points: points(1_790_000_000) },
    {
      ...shape,
      name: 'node_cpu_seconds_total',
      kind: 'sum',
      isMonotonic: true,
      points: [...points(12.5, { cpu: '0', mode: 'idle' }), ...points(0.25, { cpu: '0', mode: 'user' })],
    },
    { name: 'node_netstat_Tcp_CurrEstab', ...shape, kind: 'gauge', isMonotonic: false, points: points(7) },
  ]);
});

test('sums start at boot, those of the process at its start', async () => {
  const { port, requests } = await receiver();
  const own: readonly Family[] = [
    ...families,
    family('process_cpu_seconds_total', 'counter', [{ labels: {}, value: 1 }]),
    family('process_start_time_seconds', 'gauge', [{ labels: {}, value: 1_799_999_000.5 }]),
  ];
  const { sampleCount } = layoutOf(own);
  const set = {
    ...setAt(0),
    layout: { bytes: encodeLayout(layoutOf(own)) },
    sampleCount,
    values: valuesOf(own, sampleCount),
  };
  await sender({ serverUrl: `http://127.0.0.1:${port}` }).send([set], unending);
  const starts = (seconds: number): number => {
    // `start_time_unix_nano`, field 2, fixed64.
    const field = Buffer.alloc(9, 0x11);
    field.writeBigUInt64LE(BigInt(seconds * 1_000) * 1_000_000n, 1);
    const { bytes = Buffer.alloc(0) } = requests[0] ?? {};
    let count = 0;
    for (let at = bytes.indexOf(field); at !== -1; at = bytes.indexOf(field, at + 1)) count++;
    return count;
  };
  expect([starts(1_790_000_000), starts(1_799_999_000.5)]).toEqual([2, 1]);
});

test('many sets in one request stay below the 4 MiB of a collector', async () => {
  const { port, requests } = await receiver();
  const to = sender({ serverUrl: `http://127.0.0.1:${port}` });
  expect(
    await to.send(
      Array.from({ length: 5_000 }, (_, index) => setAt(index)),
      unending,
    ),
  ).toMatchObject({ kind: 'ok' });
  const metrics = requests[0]?.resources[0]?.metrics ?? [];
  const points = metrics.reduce((sum, metric) => sum + ('points' in metric ? metric.points.length : 0), 0);
  expect(points).toBe(20_000);
});

const { status } = grpc;
test.each([
  [status.INVALID_ARGUMENT, { kind: 'drop', detail: 'gRPC INVALID_ARGUMENT: no such thing' }],
  [status.UNAUTHENTICATED, { kind: 'retry', reason: 'unauthorized', afterMs: 60_000 }],
  [status.PERMISSION_DENIED, { kind: 'retry', reason: 'unauthorized', afterMs: 60_000 }],
  [status.UNIMPLEMENTED, { kind: 'retry', reason: 'misdirected', afterMs: 60_000 }],
  [status.RESOURCE_EXHAUSTED, { kind: 'drop' }],
  [status.UNAVAILABLE, { kind: 'retry', reason: 'network' }],
  [status.INTERNAL, { kind: 'retry', reason: 'server' }],
])('status %d', async (code, outcome) => {
  const { port } = await receiver({ answer: () => ({ code, details: 'no such thing' }) });
  expect(await sender({ serverUrl: `http://127.0.0.1:${port}` }).send([setAt(0)], unending)).toMatchObject(outcome);
});

test('UNAVAILABLE with RetryInfo: retried after that time', async () => {
  const writer = createProtobufWriter();
  writer.varint(1, status.UNAVAILABLE);
  writer.message(3, () => {
    writer.string(1, 'type.googleapis.com/google.rpc.RetryInfo');
    writer.message(2, () => writer.message(1, () => writer.varint(1, 3)));
  });
  const metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(writer.finish()));
  const { port } = await receiver({ answer: () => ({ code: status.UNAVAILABLE, details: 'full', metadata }) });
  expect(await sender({ serverUrl: `http://127.0.0.1:${port}` }).send([setAt(0)], unending)).toMatchObject({
    kind: 'retry',
    reason: 'overloaded',
    afterMs: 3_000,
  });
});

test('partial success is not retried, and its message is in the outcome', async () => {
  const writer = createProtobufWriter();
  writer.message(1, () => {
    writer.varint(1, 2);
    writer.string(2, 'delta sums are refused');
  });
  const response = writer.finish().slice();
  const { port } = await receiver({ answer: () => response });
  expect(await sender({ serverUrl: `http://127.0.0.1:${port}` }).send([setAt(0)], unending)).toEqual({
    kind: 'ok',
    rejectedSamples: 2,
    detail: 'delta sums are refused',
  });
});

test('an unreachable receiver, and an aborted request', async () => {
  const started = await receiver();
  const { port } = started;
  const to = sender({ serverUrl: `http://127.0.0.1:${port}` });
  expect(await to.send([setAt(0)], AbortSignal.abort())).toMatchObject({ kind: 'retry', reason: 'network' });
  started.stop();
  expect(await to.send([setAt(0)], unending)).toMatchObject({ kind: 'retry', reason: 'network' });
});

test('TLS with a custom authority and a client certificate', async () => {
  const ca = createAuthority(work, 'ca');
  const server = ca.issue('server', 'IP:127.0.0.1');
  const client = ca.issue('client', 'DNS:web-1');
  const pair = { cert_chain: readFileSync(server.certFile), private_key: readFileSync(server.keyFile) };
  const credentials = grpc.ServerCredentials.createSsl(readFileSync(ca.certFile), [pair], true);
  const { port, requests } = await receiver({ credentials });
  const serverUrl = `https://127.0.0.1:${port}`;
  const outcomeWith = (tls: SenderOptions['tls']) => sender({ serverUrl, tls }).send([setAt(0)], unending);
  expect(await outcomeWith({})).toMatchObject({ kind: 'retry', reason: 'network' });
  expect(requests).toHaveLength(0);
  expect(await outcomeWith({ caFile: ca.certFile, ...client })).toMatchObject({ kind: 'ok' });
});
