/** Creates bodies that are small on the wire and have a large, deep or long decoded form, each with the expected status of the response. */
import { gzipSync } from 'node:zlib';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import type { PushFormat } from '../../ingest-gateway/decode/push-decoder.ts';
import { message } from './protobuf.ts';
import { field, label, sample } from './raw-write-request.ts';

export interface BodyBomb {
  readonly what: string;
  readonly format: PushFormat;
  readonly bytes: Buffer;
  /** Compressed by gzip; a remote write body by snappy. */
  readonly isGzip: boolean;
  /** The status of the response; 200 when valid parts are stored. */
  readonly status: number;
}

const mib = 2 ** 20;

/** Returns `head`, as many `one` as fill `bytes`, and `tail`, with commas in between. */
function list(head: string, one: string, tail: string, bytes: number): Buffer {
  return Buffer.from(`${head}${`${one},`.repeat(Math.floor(bytes / (one.length + 1))).slice(0, -1)}${tail}`);
}

function gzipped(format: PushFormat, what: string, body: Buffer, status: number): BodyBomb {
  return { what, format, bytes: gzipSync(body), isGzip: true, status };
}

function snappy(what: string, plain: Uint8Array, status: number): BodyBomb {
  return { what, format: 'remote_write', bytes: Buffer.from(compressBlock(plain)), isGzip: false, status };
}

const many = (one: Uint8Array, bytes: number): Buffer => Buffer.alloc(Math.floor(bytes / one.length) * one.length, one);

/** `bytes` is the size of each decoded body. */
export function bodyBombs(nowMs: number, bytes = 31 * mib): readonly BodyBomb[] {
  const metrics = (one: string, size = bytes): Buffer => list('{"host":"own","metrics":[', one, ']}', size);
  const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const resources = (one: string): Buffer => list('{"resourceMetrics":[', one, ']}', bytes);
  const scope = (content: string) => `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${content}`;
  const points = Array.from({ length: 49_999 }, (_, at) => `[${nowMs - 1_000 - at},1]`).join(',');
  const series = (labels: readonly (readonly [string, string])[]): number[] =>
    field(0x0a, [...labels.flatMap(label), ...sample(nowMs)]);
  const half = gzipSync(Buffer.alloc(bytes / 2, ' '));
  return [
    gzipped('collect', 'empty samples', metrics('{}'), 413),
    gzipped('collect', 'numbers instead of samples', metrics('1'), 413),
    gzipped('collect', 'samples without tags', metrics('{"name":"a","value":1}'), 413),
    gzipped('collect', 'a megabyte of samples without tags', metrics('{"name":"a","value":1}', mib), 200),
    gzipped('collect', 'nested lists', Buffer.from(`{"host":"own","metrics":[${deep(bytes / 2)}]}`), 400),
    gzipped(
      'collect',
      'tags',
      list('{"host":"own","metrics":[{"name":"a","value":1,"tags":{', '"a":"b"', '}}]}', bytes),
      413,
    ),
    gzipped('collect', 'common labels', list('{"host":"own","labels":{', '"a":""', '},"metrics":[]}', 2 * mib), 200),
    gzipped(
      'collect',
      'many common labels for many samples',
      Buffer.from(
        `{"host":"own","labels":{${Array.from({ length: 5_000 }, (_, at) => `"l${at}":"v"`).join(',')}},"metrics":[${'{"name":"a","value":1},'.repeat(2_000)}{}]}`,
      ),
      400,
    ),
    gzipped(
      'collect',
      'points in descending order',
      Buffer.from(`{"host":"own","metrics":[{"name":"a","points":[${points}]}]}`),
      200,
    ),
    gzipped('collect', 'one text', Buffer.from(`{"host":"${'\\"'.repeat(bytes / 2)}","metrics":[]}`), 400),
    gzipped('collect', 'blanks', Buffer.alloc(bytes, ' '), 400),
    { what: 'two gzip members', format: 'collect', bytes: Buffer.concat([half, half]), isGzip: true, status: 400 },
    gzipped('otlp_json', 'empty resources', resources('{"resource":{"attributes":[]}}'), 413),
    gzipped(
      'otlp_json',
      'attributes',
      list(
        '{"resourceMetrics":[{"resource":{"attributes":[',
        '{"key":"k","value":{"kvlistValue":{"values":[]}}}',
        ']}}]}',
        bytes,
      ),
      413,
    ),
    gzipped(
      'otlp_json',
      'empty metrics',
      list(scope(''), '{"name":"","gauge":{"dataPoints":[]}}', ']}]}]}', bytes),
      413,
    ),
    gzipped(
      'otlp_json',
      'bounds',
      list(scope('{"name":"h","histogram":{"dataPoints":[{"explicitBounds":['), '1', ']}]}}]}]}]}', bytes),
      413,
    ),
    gzipped('otlp_json', 'nested lists', Buffer.from(`{"resourceMetrics":${deep(bytes / 2)}}`), 400),
    gzipped('otlp_protobuf', 'empty resources', many(message(1), bytes), 413),
    gzipped('otlp_protobuf', 'empty metrics', message(1, message(2, many(message(2), bytes))), 413),
    gzipped(
      'otlp_protobuf',
      'empty points',
      message(1, message(2, message(2, message(5, many(message(1), bytes))))),
      413,
    ),
    gzipped('otlp_protobuf', 'empty attributes', message(1, message(1, many(message(1), bytes))), 413),
    gzipped(
      'otlp_protobuf',
      'empty values of an attribute',
      message(1, message(1, message(1, message(2, message(5, many(message(1), bytes)))))),
      413,
    ),
    gzipped(
      'otlp_protobuf',
      'packed bounds',
      message(1, message(2, message(2, message(9, message(1, message(7, Buffer.alloc(8 * Math.floor(bytes / 8)))))))),
      413,
    ),
    snappy('empty series', many(Buffer.from([0x0a, 0]), bytes), 413),
    snappy('series without labels', many(Uint8Array.from(field(0x0a, sample(nowMs))), bytes), 413),
    snappy('a series of empty labels', message(1, many(Uint8Array.from([0x0a, 0]), bytes)), 400),
    snappy(
      'fifty thousand faulty series',
      many(
        Uint8Array.from(
          series([
            ['b', 'b'],
            ['a', 'a'],
          ]),
        ),
        mib,
      ),
      400,
    ),
    snappy('metadata', many(Uint8Array.from([0x1a, 0]), bytes), 200),
    snappy('zeros', Buffer.alloc(bytes), 400),
  ];
}
