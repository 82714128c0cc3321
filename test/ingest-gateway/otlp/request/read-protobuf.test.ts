/** Export requests in protobuf and in JSON come to the same; numbers packed or not; odd bytes are no crash. */
import { expect, test } from '@jest/globals';
import { type HistogramMetric, type NumberMetric, OtlpError } from '../../../../common/otlp/metrics-data.ts';
import { readJsonRequest } from '../../../../ingest-gateway/otlp/request/read-json.ts';
import { readProtobufRequest } from '../../../../ingest-gateway/otlp/request/read-protobuf.ts';
import { double, fixed64, integer, message, text } from '../../../support/protobuf.ts';

const nano = 1_795_395_685_000_999_999n;

function request(...metrics: readonly Buffer[]): Buffer {
  return message(1, message(2, ...metrics.map((metric) => message(2, metric))));
}

const keyValue = (key: string, ...value: readonly Buffer[]) => Buffer.concat([text(1, key), message(2, ...value)]);

test('every kind of attribute is rendered', () => {
  const values = [
    keyValue('text', text(1, 'ü')),
    keyValue('yes', integer(2, 1)),
    keyValue('negative', integer(3, -42)),
    keyValue('share', double(4, 0.5)),
    keyValue('list', message(5, message(1, text(1, 'a')), message(1, integer(3, 2)), message(1))),
    keyValue('map', message(6, message(1, keyValue('k', integer(2, 0))))),
    keyValue('bytes', message(7, Buffer.from([0, 255]))),
    keyValue('none'),
  ];
  const [resource] = readProtobufRequest(message(1, message(1, ...values.map((value) => message(1, value)))));
  expect(Object.fromEntries(resource?.attributes ?? [])).toEqual({
    text: 'ü',
    yes: 'true',
    negative: '-42',
    share: '0.5',
    list: '["a",2,null]',
    map: '{"k":false}',
    bytes: 'AP8=',
    none: '',
  });
  const json = {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            { key: 'text', value: { stringValue: 'ü' } },
            { key: 'yes', value: { boolValue: true } },
            { key: 'negative', value: { intValue: '-42' } },
            { key: 'share', value: { doubleValue: 0.5 } },
            { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: 2 }, {}] } } },
            { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { boolValue: false } }] } } },
            { key: 'bytes', value: { bytesValue: 'AP8=' } },
            { key: 'none' },
          ],
        },
      },
    ],
  };
  expect(readJsonRequest(JSON.stringify(json))[0]?.attributes).toEqual(resource?.attributes);
});

test('numbers: integers, beyond 2^53, NaN, the infinities; times in milliseconds', () => {
  const points = [fixed64(6, -5n), fixed64(6, 2n ** 60n), double(4, Number.NaN), double(4, Number.NEGATIVE_INFINITY)];
  const sum = message(7, ...points.map((value) => message(1, fixed64(3, nano), value)), integer(2, 2), integer(3, 1));
  const [resource] = readProtobufRequest(request(Buffer.concat([text(1, 'n'), text(3, 'By'), sum])));
  const [metric] = resource?.metrics ?? [];
  expect(metric).toMatchObject({ name: 'n', unit: 'By', kind: 'sum', temporality: 'cumulative', isMonotonic: true });
  const found = (metric as NumberMetric).points;
  expect(found.map(({ value }) => value)).toEqual([-5, 2 ** 60, Number.NaN, Number.NEGATIVE_INFINITY]);
  expect(found[0]?.timeMs).toBe(1_795_395_685_000);
  const json = {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'n',
                unit: 'By',
                sum: {
                  isMonotonic: true,
                  aggregationTemporality: 2,
                  dataPoints: [
                    { timeUnixNano: String(nano), asInt: '-5' },
                    { timeUnixNano: String(nano), asInt: String(2n ** 60n) },
                    { timeUnixNano: String(nano), asDouble: 'NaN' },
                    { timeUnixNano: String(nano), asDouble: '-Infinity' },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  };
  expect(readJsonRequest(JSON.stringify(json))[0]?.metrics).toEqual(resource?.metrics);
});

test('histograms with packed and unpacked numbers', () => {
  const counts = [1n, 2n, 3n];
  const bounds = [0.5, 10];
  const packedCounts = message(6, ...counts.map((count) => fixed64(1, count).subarray(1)));
  const packedBounds = message(7, ...bounds.map((bound) => double(1, bound).subarray(1)));
  const common = [fixed64(3, nano), fixed64(4, 6n), double(5, 12.5), integer(10, 1)];
  const packed = message(1, ...common, packedCounts, packedBounds);
  const alone = message(
    1,
    ...common,
    ...counts.map((count) => fixed64(6, count)),
    ...bounds.map((bound) => double(7, bound)),
  );
  const [resource] = readProtobufRequest(request(message(9, packed, alone, integer(2, 2))));
  const [metric] = resource?.metrics ?? [];
  const [first, second] = (metric as HistogramMetric).points;
  expect(first).toEqual({
    attributes: new Map(),
    timeMs: 1_795_395_685_000,
    hasEnded: true,
    count: 6,
    sum: 12.5,
    bucketCounts: [1, 2, 3],
    bounds: [0.5, 10],
  });
  expect(second).toEqual(first);
});

test('unknown fields are skipped', () => {
  const unknown = [
    integer(99, 7),
    fixed64(98, 1n),
    message(97, Buffer.from('x')),
    Buffer.from([0xad, 0x06, 1, 2, 3, 4]),
  ];
  const metric = Buffer.concat([...unknown, text(1, 'a'), message(5, message(1, double(4, 1), ...unknown))]);
  expect(readProtobufRequest(Buffer.concat([...unknown, request(metric)]))[0]?.metrics).toEqual([
    expect.objectContaining({ name: 'a', kind: 'gauge' }),
  ]);
});

test('2,000 damaged requests are read or throw an OtlpError', () => {
  const sound = request(
    Buffer.concat([
      text(1, 'n'),
      message(9, message(1, fixed64(3, nano), message(6, fixed64(1, 1n).subarray(1))), integer(2, 2)),
    ]),
  );
  const random = randomFrom(20_261_123);
  let refused = 0;
  for (let round = 0; round < 2_000; round += 1) {
    const bytes = Buffer.from(sound);
    for (let change = 0; change < 1 + random(4); change += 1) bytes[random(bytes.length)] = random(256);
    try {
      readProtobufRequest(bytes.subarray(0, bytes.length - random(3)));
    } catch (error) {
      expect(error).toBeInstanceOf(OtlpError);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(500);
});

/** Numerical Recipes' generator: the seed says which bytes are damaged. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
