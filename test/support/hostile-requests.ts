/** Generates hostile requests from a seed: bodies, headers, decompression bombs, damaged compression, closed connections. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { writeBody, writeHeaders } from './pushes.ts';

export interface HostileRequest {
  readonly what: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

type Random = () => number;

const json = { 'content-type': 'application/json' };
const gzip = { ...json, 'content-encoding': 'gzip' };
const collect = '/api/v1/metrics/collect';
const write = '/api/v1/write';

/** Values that break careless handling of types, sizes and names. */
const oddities: readonly unknown[] = [
  null,
  true,
  -0,
  1e308,
  -1e308,
  0.1,
  2 ** 53,
  -1,
  '',
  'a',
  '\u0000',
  '\ud800',
  'é'.repeat(600),
  'x'.repeat(2_000),
  '__proto__',
  'constructor',
  '{{}}',
  '"} or vector(1) #',
  [],
  [[]],
  [null],
  {},
  { __proto__: null, a: 1 },
  { toString: 'x' },
  'NaN',
  '-Inf',
];

/** A valid push, of which parts are replaced. */
function goodPush(nowMs: number): Record<string, unknown> {
  return {
    host: 'fuzzed',
    labels: { env: 'prod' },
    metrics: [
      { name: 'cpu.usage.total', value: 1, unit: 'percent', tags: { device: 'a' }, timestamp: nowMs },
      {
        name: 'node_x_total',
        type: 'counter',
        tags: { cpu: '0' },
        points: [
          [nowMs - 1, 1],
          [nowMs, 2],
        ],
      },
    ],
  };
}

/** Replaces, removes or adds a random node of the tree. */
function mutate(value: unknown, random: Random): unknown {
  if (random() < 0.2 || typeof value !== 'object' || value === null) return pick(oddities, random);
  if (Array.isArray(value)) {
    if (value.length === 0 || random() < 0.1) return [...value, pick(oddities, random)];
    const at = Math.floor(random() * value.length);
    return value.map((each: unknown, index) => (index === at ? mutate(each, random) : each));
  }
  const entries = Object.entries(value);
  const at = Math.floor(random() * (entries.length + 1));
  if (at === entries.length)
    return { ...value, [JSON.stringify(pick(oddities, random)).slice(1, 300)]: pick(oddities, random) };
  if (random() < 0.15) return Object.fromEntries(entries.filter((_, index) => index !== at));
  return Object.fromEntries(entries.map(([key, each], index) => [key, index === at ? mutate(each, random) : each]));
}

function flipBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice(0, random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length);
  for (let flips = 1 + Math.floor(random() * 8); flips > 0 && copy.length > 0; flips -= 1)
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  return copy;
}

function goodWrite(nowMs: number): Uint8Array {
  return writeBody([
    {
      labels: { __name__: 'fuzz_a', instance: 'fuzzed', job: 'agent', part: 'x' },
      points: [
        [nowMs - 1, 1],
        [nowMs, null],
      ],
    },
    { labels: { __name__: 'fuzz_b', instance: 'fuzzed', job: 'agent' }, points: [[nowMs, 2]] },
  ]);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
/** 200 MB of spaces in 200 KB. */
const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20, 0x20));

type Make = (random: Random, nowMs: number) => HostileRequest;

const makers: readonly Make[] = [
  (random, nowMs) => ({
    what: 'mutated JSON',
    path: collect,
    headers: gzip,
    body: gzipSync(JSON.stringify(mutate(goodPush(nowMs), random))),
  }),
  (random, nowMs) => ({
    what: 'flipped bytes of JSON',
    path: collect,
    headers: json,
    body: flipBytes(text(JSON.stringify(goodPush(nowMs))), random),
  }),
  (random, nowMs) => ({
    what: 'flipped bytes of gzip',
    path: collect,
    headers: gzip,
    body: flipBytes(gzipSync(JSON.stringify(goodPush(nowMs))), random),
  }),
  (random) => ({
    what: 'deep nesting',
    path: collect,
    headers: json,
    body: text('[{"a":'.repeat(Math.floor(random() * 20_000))),
  }),
  (random, nowMs) => ({
    what: 'flipped bytes of snappy',
    path: write,
    headers: writeHeaders,
    body: flipBytes(goodWrite(nowMs), random),
  }),
  (random) => ({
    what: 'any protobuf',
    path: write,
    headers: writeHeaders,
    body: compressBlock(Uint8Array.from({ length: Math.floor(random() * 400) }, () => Math.floor(random() * 256))),
  }),
  (random) => ({
    what: 'snappy that declares much',
    path: write,
    headers: writeHeaders,
    body: Uint8Array.from([0xff, 0xff, 0xff, 0xff, Math.floor(random() * 16), 0, 0]),
  }),
  (random, nowMs) => ({
    what: 'a wrong type or encoding',
    path: random() < 0.5 ? collect : write,
    headers: {
      'content-type': String(
        pick(['', 'text/plain', 'application/x-protobuf', 'application/json', 'multipart/form-data'], random),
      ),
      'content-encoding': String(pick(['gzip', 'br', 'snappy', 'gzip, gzip', 'zstd', ''], random)),
    },
    body: random() < 0.5 ? goodWrite(nowMs) : text(JSON.stringify(goodPush(nowMs))),
  }),
];

/** Requests that are too expensive to send often. */
const rareMakers: readonly Make[] = [
  () => ({ what: 'gzip bomb', path: collect, headers: gzip, body: bomb }),
  () => ({ what: 'more than 5 MB', path: collect, headers: json, body: new Uint8Array(5_000_001) }),
  (_random, nowMs) => ({
    what: 'more than 50,000 samples',
    path: collect,
    headers: gzip,
    body: gzipSync(
      JSON.stringify({
        host: 'fuzzed',
        metrics: [{ name: 'node_x', points: Array.from({ length: 50_001 }, () => [nowMs, 1]) }],
      }),
    ),
  }),
];

export function hostileRequest(random: Random, nowMs: number): HostileRequest {
  const maker = random() < 0.003 ? pick(rareMakers, random) : pick(makers, random);
  return maker(random, nowMs);
}

/** Closes the connection in the middle of a request, or stops sending. */
export function cutConnection({ port, key, random }: { port: number; key: string; random: Random }): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      const length = Math.floor(random() * 1_000);
      socket.write(
        `POST ${random() < 0.5 ? collect : write} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${length + 10}\r\n\r\n${'x'.repeat(length)}`,
      );
      if (random() < 0.5) socket.end();
      else setTimeout(() => socket.resetAndDestroy(), random() * 20);
    });
    socket.resume();
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    setTimeout(() => socket.destroy(), 2_000).unref();
  });
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)] as T;
}
