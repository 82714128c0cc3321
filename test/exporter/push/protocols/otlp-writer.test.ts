/** The OTLP writer against the gateway's reader, and the response reader. */
import { describe, expect, test } from '@jest/globals';
import { createProtobufWriter } from '../../../../common/protobuf/write.ts';
import { readRetryDelayMs } from '../../../../exporter/push/protocols/grpc-outcome.ts';
import {
  encodeAttributes,
  readProtobufResponse,
  writeProtobufRequest,
} from '../../../../exporter/push/protocols/otlp-writer.ts';
import { readProtobufRequest } from '../../../../ingest-gateway/otlp/request/read-protobuf.ts';

const timeNs = 1_800_000_000_000_000_000n;

test('gauges and sums, their points, ends and attributes', () => {
  const bytes = writeProtobufRequest(createProtobufWriter(), {
    resource: { 'service.name': 'node', 'service.instance.id': 'wéb-1' },
    scope: { name: 'hostpulse-exporter', version: '1' },
    metrics: [
      {
        name: 'node_cpu_seconds_total',
        description: 'Seconds.',
        kind: 'sum',
        startNs: timeNs - 1n,
        series: [
          {
            attributes: encodeAttributes({ cpu: '0', mode: 'idle' }),
            timesNs: [timeNs, timeNs + 5_000_000_000n],
            values: [0.1 + 0.2, null],
          },
          { attributes: encodeAttributes({}), timesNs: [timeNs], values: [2 ** 60] },
        ],
      },
      {
        name: 'node_load1',
        description: '',
        kind: 'gauge',
        series: [{ attributes: encodeAttributes({}), timesNs: [timeNs], values: [-Infinity] }],
      },
    ],
  });
  const none = new Map();
  const [found, ...others] = readProtobufRequest(bytes);
  expect(others).toEqual([]);
  expect(found?.attributes).toEqual(
    new Map([
      ['service.name', 'node'],
      ['service.instance.id', 'wéb-1'],
    ]),
  );
  const attributes = new Map([
    ['cpu', '0'],
    ['mode', 'idle'],
  ]);
  expect(found?.metrics).toEqual([
    {
      name: 'node_cpu_seconds_total',
      unit: '',
      kind: 'sum',
      temporality: 'cumulative',
      scope: { name: 'hostpulse-exporter', version: '1' },
      faults: [],
      isMonotonic: true,
      points: [
        { attributes, timeMs: 1_800_000_000_000, hasEnded: false, value: 0.1 + 0.2 },
        { attributes, timeMs: 1_800_000_005_000, hasEnded: true, value: undefined },
        { attributes: none, timeMs: 1_800_000_000_000, hasEnded: false, value: 2 ** 60 },
      ],
    },
    {
      name: 'node_load1',
      unit: '',
      kind: 'gauge',
      temporality: 'cumulative',
      scope: { name: 'hostpulse-exporter', version: '1' },
      faults: [],
      isMonotonic: false,
      points: [{ attributes: none, timeMs: 1_800_000_000_000, hasEnded: false, value: -Infinity }],
    },
  ]);
});

test('messages larger than the first memory, lengths of one to three bytes', () => {
  const writer = createProtobufWriter();
  for (const size of [0, 1, 127, 128, 16_383, 16_384, 300_000]) {
    const value = 'x'.repeat(size);
    const [found] = readProtobufRequest(
      writeProtobufRequest(writer, { resource: { value }, scope: { name: '', version: '' }, metrics: [] }),
    );
    expect(found?.attributes.get('value')).toBe(value);
  }
});

describe('responses', () => {
  test('empty, partial, garbled', () => {
    expect(readProtobufResponse(new Uint8Array(0))).toEqual({ rejectedPoints: 0, message: '' });
    const writer = createProtobufWriter();
    writer.message(1, () => {
      writer.varint(1, 300);
      writer.string(2, 'too old');
    });
    expect(readProtobufResponse(writer.finish())).toEqual({ rejectedPoints: 300, message: 'too old' });
    expect(() => readProtobufResponse(Uint8Array.of(0x0a, 9))).toThrow(RangeError);
  });

  test('RetryInfo among other details', () => {
    const writer = createProtobufWriter();
    const detail = (type: string, content: () => void): void =>
      writer.message(3, () => {
        writer.string(1, `type.googleapis.com/${type}`);
        writer.message(2, content);
      });
    writer.varint(1, 14);
    detail('google.rpc.ErrorInfo', () => writer.string(1, 'full'));
    detail('google.rpc.RetryInfo', () =>
      writer.message(1, () => {
        writer.varint(1, 2);
        writer.varint(2, 500_000_000);
      }),
    );
    expect(readRetryDelayMs(writer.finish())).toBe(2_500);
    expect(readRetryDelayMs(new Uint8Array(0))).toBeUndefined();
  });
});
