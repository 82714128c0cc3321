/** The remote write client: the URL that it sends to, and how it classifies responses. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { compressBlock, uncompressBlock } from '../../../common/remote-write/snappy.ts';
import {
  classifyResponse,
  createRemoteWriteClient,
  createWriteCoalescer,
  maxCoalesced,
  type WriteCoalescer,
  type WriteOutcome,
} from '../../../ingest-gateway/forward/remote-write-client.ts';

const paths: (string | undefined)[] = [];
const server = createServer((request, response) => {
  paths.push(request.url);
  request.resume().on('end', () => response.writeHead(204).end());
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

test.each([
  ['a Prometheus', '', undefined, '/api/v1/write'],
  ['one behind a prefix', '/monitoring', undefined, '/monitoring/api/v1/write'],
  ['Mimir', '/prometheus', '/api/v1/push', '/api/v1/push'],
  ['Thanos', '', '/api/v1/receive?tenant=a', '/api/v1/receive?tenant=a'],
])('sends to the write URL of %s', async (_, prefix, write, path) => {
  const writeUrl = write === undefined ? undefined : `${url}${write}`;
  const client = createRemoteWriteClient({ url: `${url}${prefix}`, writeUrl, maxConcurrency: 1, timeoutMs: 30_000 });
  expect(await client.send(Buffer.from('x'))).toMatchObject({ status: 204 });
  client.close();
  expect(paths.at(-1)).toBe(path);
});

type Expected = readonly [kind: WriteOutcome['kind'], reasonOrAfterMs?: string | number];

test.each<readonly [status: number, text: string, retryAfter: string | undefined, expected: Expected]>([
  [200, '', undefined, ['ok']],
  [204, '', undefined, ['ok']],
  [400, 'out of order sample', undefined, ['refused', 'out_of_order']],
  [400, 'duplicate sample for timestamp', undefined, ['refused', 'duplicate']],
  [400, 'out of bounds', undefined, ['refused', 'out_of_bounds']],
  [400, 'too old sample', undefined, ['refused', 'too_old']],
  [400, 'timestamp too far in the future', undefined, ['refused', 'too_new']],
  [400, 'invalid label name', undefined, ['refused', 'labels']],
  [413, 'request too large', undefined, ['refused', 'other']],
  [422, '', undefined, ['refused', 'other']],
  [500, 'too old sample', undefined, ['refused', 'too_old']],
  [500, 'label name "x" is not unique: invalid sample', undefined, ['refused', 'labels']],
  [500, 'out of order sample', undefined, ['retry']],
  [500, 'disk error', '7', ['retry', 7_000]],
  [408, 'duplicate sample', undefined, ['retry']],
  [429, 'too old sample', '2', ['retry', 2_000]],
  [429, '', 'Thu, 01 Jan 1970 00:01:05 GMT', ['retry', 5_000]],
  [429, '', 'soon', ['retry']],
  [503, 'starting', '3', ['unreachable', 3_000]],
  [502, '', undefined, ['unreachable']],
  [504, '', undefined, ['unreachable']],
  [302, '', undefined, ['unreachable']],
  [401, '', undefined, ['unreachable']],
  [403, '', undefined, ['unreachable']],
  [404, 'remote write receiver needs to be enabled', undefined, ['unreachable']],
  [405, '', undefined, ['unreachable']],
  [415, '', undefined, ['unreachable']],
])('classifies status %i with %j and Retry-After %j as %j', (status, text, retryAfter, [kind, detail]) => {
  const outcome = classifyResponse({ status, text, retryAfter }, 60_000);
  const expected: Record<string, unknown> = { kind };
  if (kind !== 'ok') expected['message'] = `status ${status}: ${text}`;
  if (kind === 'refused') expected['reason'] = detail;
  else if (detail !== undefined) expected['afterMs'] = detail;
  expect(outcome).toEqual(expected);
});

test('a receiver that never responds fails the request at its time limit', async () => {
  const silent = createServer((request) => void request.resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const client = createRemoteWriteClient({ url: `http://127.0.0.1:${port}`, maxConcurrency: 1, timeoutMs: 100 });
  await expect(client.send(Buffer.from('x'))).rejects.toThrow('no response within 0.1 s');
  client.close();
  silent.closeAllConnections();
  silent.close();
});

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Scene {
  readonly writes: WriteCoalescer;
  /** Contents of each request, uncompressed. */
  readonly requests: string[];
}

/** Starts a receiver that responds by a request's contents; for undefined it closes the connection. */
async function scene(answer: (contents: string) => readonly [number, string] | undefined): Promise<Scene> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const contents = Buffer.from(uncompressBlock(Buffer.concat(chunks), { maxBytes: 2 ** 25 })).toString();
      requests.push(contents);
      const answered = answer(contents);
      if (answered === undefined) return void request.socket.destroy();
      response.writeHead(answered[0]).end(answered[1]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createRemoteWriteClient({ url, maxConcurrency: 2, timeoutMs: 10_000 });
  closers.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { writes: createWriteCoalescer(client, { maxRequests: 1 }), requests };
}

const block = (text: string): Uint8Array => compressBlock(Buffer.from(text));

/** Sends each text; the ones with ! are not coalesced. Returns the statuses, 0 without a response. */
function sendAll(writes: WriteCoalescer, texts: readonly string[]): Promise<readonly number[]> {
  const one = (text: string): Promise<number> =>
    writes.send(block(text), { coalesce: !text.startsWith('!') }).then(
      ({ status }) => status,
      () => 0,
    );
  return Promise.all(texts.map(one));
}

test('writes that arrive together share a request, except those that are not coalesced', async () => {
  const { writes, requests } = await scene(() => [204, '']);
  expect(await sendAll(writes, ['a', 'b', '!c', 'd'])).toEqual([204, 204, 204, 204]);
  expect(requests).toEqual(['!c', 'abd']);
});

test('a request is limited in writes and in bytes', async () => {
  const { writes, requests } = await scene(() => [204, '']);
  await sendAll(
    writes,
    Array.from({ length: maxCoalesced + 1 }, () => 'x'),
  );
  expect(requests.map(({ length }) => length)).toEqual([maxCoalesced, 1]);
  const [large, half] = ['l'.repeat(3 * 2 ** 20), 'h'.repeat(2 ** 19)];
  await sendAll(writes, [half, large, half, half, half]);
  expect(requests.slice(2).map(({ length }) => length)).toEqual([2 ** 19, 3 * 2 ** 20, 2 ** 20, 2 ** 19]);
});

test.each([
  ['400', 400, 'duplicate sample for timestamp'],
  ['a permanent 500', 500, 'label name "x" is not unique'],
  ['any other 500', 500, 'disk error'],
])('%s for one write: the others are stored, and it gets its own status', async (_, status, words) => {
  const { writes, requests } = await scene((contents) => (contents.includes('bad') ? [status, words] : [204, '']));
  expect(await sendAll(writes, ['a', 'bad', 'c'])).toEqual([204, status, 204]);
  expect(requests).toEqual(['abadc', 'a', 'bad', 'c']);
});

test('a 503 is the response to all writes of the request', async () => {
  const { writes, requests } = await scene(() => [503, 'starting']);
  expect(await sendAll(writes, ['a', 'b', 'c'])).toEqual([503, 503, 503]);
  expect(requests).toEqual(['abc']);
});

test('without a response each write fails, and the next ones are sent', async () => {
  const { writes, requests } = await scene((contents) => (contents.includes('poison') ? undefined : [204, '']));
  expect(await sendAll(writes, ['a', 'poison'])).toEqual([0, 0]);
  expect(await sendAll(writes, ['a'])).toEqual([204]);
  expect(requests.filter((each) => each === 'a')).toHaveLength(1);
  await expect(writes.send(new Uint8Array(), { coalesce: true })).rejects.toThrow('not a whole block of snappy');
});
