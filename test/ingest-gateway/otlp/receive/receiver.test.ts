/** The OTLP receiver's refusals over gRPC and HTTP: malformed and oversized requests, unauthenticated callers, overload. */
import { gzipSync } from 'node:zlib';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';
import { attribute, message, numberPoint, text } from '../../../support/protobuf.ts';

/** Shared by the tests that need no settings. */
let usual: RunningGateway;
let gateway: RunningGateway;
let key = '';

beforeAll(async () => {
  usual = await startGateway();
});
afterAll(() => usual.stop());
beforeEach(() => use(usual));
afterEach(async () => {
  if (gateway !== usual) await gateway.stop();
});

async function use(running: RunningGateway): Promise<void> {
  gateway = running;
  key = await running.createKey({ scopes: ['push'] });
}

interface Point {
  readonly name?: string;
  readonly host?: string;
  readonly timeMs?: number;
}

/** A request with a gauge of one point per value. */
function gauges(points: readonly Point[]): Buffer {
  return Buffer.concat(
    points.map(({ name = 'level', host = 'web-1', timeMs = Date.now() }) => {
      const gauge = message(5, message(1, numberPoint(timeMs, 1)));
      const metric = message(2, text(1, name), gauge);
      return message(1, message(1, message(1, attribute('host.name', host))), message(2, metric));
    }),
  );
}

interface Answer {
  readonly bytes: Buffer | undefined;
  readonly error: ServiceError | undefined;
}

const exportPath = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

function call(
  request: Buffer,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${key}` },
): Promise<Answer> {
  const options = { 'grpc.max_send_message_length': -1, 'grpc.enable_retries': 0 };
  const client = new Client(gateway.grpcAddress, credentials.createInsecure(), options);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest(exportPath, same, same, request, metadata, (error, bytes) => {
      client.close();
      resolve({ bytes, error: error ?? undefined });
    });
  });
}

function post(body: Uint8Array | string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const type = typeof body === 'string' ? 'application/json' : 'application/x-protobuf';
  return gateway.fetch('/v1/metrics', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': type, ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
}

describe('gRPC', () => {
  test('an accepted request has an empty response', async () => {
    const { bytes, error } = await call(gauges([{}]));
    expect(error).toBeUndefined();
    expect(bytes).toEqual(Buffer.alloc(0));
    expect((await call(Buffer.alloc(0))).bytes).toEqual(Buffer.alloc(0));
  });

  test.each([
    ['no message', Buffer.from('hello')],
    ['a message that ends too soon', gauges([{}]).subarray(0, -3)],
    ['a length beyond the end', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a text that is no UTF-8', message(1, message(2, message(2, message(1, Buffer.from([0xff, 0xfe])))))],
    [
      'packed numbers cut short',
      message(1, message(2, message(2, message(9, message(1, message(6, Buffer.alloc(7))))))),
    ],
    ['values nested without end', message(1, message(1, message(1, nested(40))))],
  ])('%s is INVALID_ARGUMENT', async (_what, request) => {
    const { error } = await call(request);
    expect([error?.code, error?.details]).toEqual([
      status.INVALID_ARGUMENT,
      expect.stringContaining('the body is not an OTLP metrics request; body: '),
    ]);
  });

  test('without a valid credential the message is not read', async () => {
    const reader = await gateway.createKey({ scopes: ['read'] });
    for (const [headers, code, details] of [
      [{}, status.UNAUTHENTICATED, 'a credential is needed'],
      [{ authorization: 'Bearer wrong' }, status.UNAUTHENTICATED, 'the credential is unknown'],
      [{ authorization: 'Basic dTpw' }, status.UNAUTHENTICATED, 'Authorization: expected'],
      [{ 'x-api-key': reader }, status.PERMISSION_DENIED, 'scope "push" is needed'],
    ] as const) {
      // Larger than the limit: it is the credential that is refused, not the size.
      const { error } = await call(Buffer.alloc(65 * 2 ** 20), headers);
      expect([headers, error?.code, error?.details]).toEqual([headers, code, expect.stringContaining(details)]);
    }
    expect((await call(gauges([{}]), { 'x-api-key': key })).error).toBeUndefined();
  });

  test('failed credentials are limited as over HTTP, with RetryInfo', async () => {
    await use(await startGateway({ failedCredentialsPerMinute: 2 }));
    for (const guess of ['a', 'b']) {
      const { error } = await call(Buffer.alloc(0), { 'x-api-key': guess });
      expect(error?.code).toBe(status.UNAUTHENTICATED);
    }
    const { error } = await call(Buffer.alloc(0), { 'x-api-key': 'c' });
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(retryInfoOf(error)).toContain('type.googleapis.com/google.rpc.RetryInfo');
  });

  test('64 MiB are accepted, one byte more is refused', async () => {
    const filler = 64 * 2 ** 20 - gauges([{}]).length - 10;
    const whole = Buffer.concat([gauges([{}]), message(15, Buffer.alloc(filler))]);
    expect((await call(whole)).error).toBeUndefined();
    expect((await call(Buffer.concat([whole, Buffer.alloc(16)]))).error?.code).toBe(status.RESOURCE_EXHAUSTED);
  });

  test('a full queue is UNAVAILABLE with RetryInfo, and nothing is stored', async () => {
    await use(await startGateway({ queueMaxBytes: 1 }));
    const { error } = await call(gauges([{}]));
    expect(error?.code).toBe(status.UNAVAILABLE);
    expect(retryInfoOf(error)).toContain('type.googleapis.com/google.rpc.RetryInfo');
    const response = await post(gauges([{}]));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

function nested(depth: number): Buffer {
  let value = text(1, 'end');
  for (let each = 0; each < depth; each += 1) value = message(5, message(1, value));
  return Buffer.concat([text(1, 'key'), message(2, value)]);
}

/** The trailer with RetryInfo. */
function retryInfoOf(error: ServiceError | undefined): string {
  return String(error?.metadata.get('grpc-status-details-bin')[0]);
}

describe('HTTP', () => {
  test('gzip, and types with parameters', async () => {
    const zipped = await post(new Uint8Array(gzipSync(gauges([{}]))), { 'content-encoding': 'gzip' });
    expect([zipped.status, zipped.headers.get('content-type'), await zipped.text()]).toEqual([
      200,
      'application/x-protobuf',
      '',
    ]);
    const json = await post('{}', { 'content-type': 'Application/JSON; charset=utf-8' });
    expect([json.status, await json.text()]).toEqual([200, '{}']);
  });

  test.each([
    ['{', 'expected JSON: '],
    ['[]', 'body: expected an object'],
    ['{"resourceMetrics": {}}', 'resourceMetrics: expected a list'],
    [
      '{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": 1}]}]}]}',
      'scopeMetrics[0].metrics[0].name: expected a text',
    ],
    [
      '{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "a", "sum": {"dataPoints": [{"asInt": "x"}]}}]}]}]}',
      'dataPoints[0]: expected a number',
    ],
  ])('%s is 400 that names the place', async (body, complaint) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: readonly { message: string }[] };
    expect(errors[0]?.message).toContain(complaint);
  });

  test('bodies of another type, encoding, or size are refused', async () => {
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('{}', { 'content-encoding': 'br' })).status).toBe(415);
    const bomb = gzipSync(Buffer.alloc(65 * 2 ** 20));
    const one = gauges([{}]);
    expect(bomb.length).toBeLessThan(100_000);
    expect((await post(new Uint8Array(bomb), { 'content-encoding': 'gzip' })).status).toBe(413);
    const many = Buffer.concat(Array.from({ length: 50_001 }, () => one));
    expect((await post(new Uint8Array(many))).status).toBe(413);
  });

  const partialOf = async (response: Response) => {
    expect(response.status).toBe(200);
    return ((await response.json()) as { partialSuccess?: { rejectedDataPoints: string; errorMessage: string } })
      .partialSuccess;
  };
  const metric = (data: object, name = 'a', resource: object = hostOf('web-1')) =>
    JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name, ...data }] }] }] });
  const nano = () => `${Date.now()}000000`;

  test.each([
    [
      'exponential histograms',
      { exponentialHistogram: { dataPoints: [{}, {}] } },
      '2',
      'exponential histograms are not supported',
    ],
    ['delta histograms', { histogram: { aggregationTemporality: 1, dataPoints: [{}] } }, '1', 'delta temporality'],
    ['sums that do not say', { sum: { dataPoints: [{ asInt: '1' }] } }, '1', 'unspecified temporality'],
    ['points without time', { gauge: { dataPoints: [{ asInt: '1' }] } }, '1', 'expected time_unix_nano'],
    [
      'points without value',
      { gauge: { dataPoints: [{ timeUnixNano: nano() }] } },
      '1',
      'expected as_double or as_int',
    ],
    ['old points', { gauge: { dataPoints: [{ timeUnixNano: '1000000000', asInt: 1 }] } }, '1', 'older than 26 h'],
    [
      'points of the future',
      { gauge: { dataPoints: [{ timeUnixNano: `${Date.now() + 3_600_000}000000`, asInt: 1 }] } },
      '1',
      'more than 60 s ahead',
    ],
    [
      'histograms whose buckets do not fit',
      {
        histogram: {
          aggregationTemporality: 'AGGREGATION_TEMPORALITY_CUMULATIVE',
          dataPoints: [{ timeUnixNano: nano(), count: '1', bucketCounts: ['1'], explicitBounds: [1] }],
        },
      },
      '1',
      'expected 2 bucket counts for 1 bounds, got 1',
    ],
    [
      'labels that are too long',
      {
        gauge: {
          dataPoints: [
            { timeUnixNano: nano(), asInt: 1, attributes: [{ key: 'a', value: { stringValue: 'x'.repeat(2_000) } }] },
          ],
        },
      },
      '1',
      'attributes.a expected a value of at most 1024 bytes',
    ],
  ])('%s are reported as partial success', async (_what, data, count, reason) => {
    const partial = await partialOf(await post(metric(data)));
    expect(partial).toEqual({ rejectedDataPoints: count, errorMessage: expect.stringContaining(reason) });
  });

  test('a point with an attribute named like a label of the gateway is accepted', async () => {
    const attributes = [{ key: 'job', value: { stringValue: 'x' } }];
    const data = { gauge: { dataPoints: [{ timeUnixNano: nano(), asInt: 1, attributes }] } };
    expect(await partialOf(await post(metric(data)))).toBeUndefined();
  });

  test('a resource without a host is stored without an instance', async () => {
    expect(
      await partialOf(await post(metric({ gauge: { dataPoints: [{ timeUnixNano: nano(), asInt: 1 }] } }, 'a', {}))),
    ).toBeUndefined();
  });

  test('the first of two values for one series and time is stored', async () => {
    const timeUnixNano = nano();
    const points = [
      { timeUnixNano, asInt: 1 },
      { timeUnixNano, asInt: 1 },
      { timeUnixNano, asInt: 2 },
    ];
    const partial = await partialOf(await post(metric({ gauge: { dataPoints: points } })));
    expect(partial).toEqual({ rejectedDataPoints: '1', errorMessage: expect.stringContaining('a different value') });
  });
});

function hostOf(host: string): object {
  return { attributes: [{ key: 'host.name', value: { stringValue: host } }] };
}
