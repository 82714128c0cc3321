/** Coalesced writes to a real server: which writes share a request, and the response that each write gets. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { compressBlock, uncompressBlock } from '../../../common/remote-write/snappy.ts';
import { createRemoteWriteClient } from '../../../ingest-gateway/forward/remote-write-client.ts';
import {
  createWriteCoalescer,
  maxCoalesced,
  type WriteCoalescer,
} from '../../../ingest-gateway/forward/write-coalescer.ts';

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
