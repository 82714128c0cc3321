/** Joined requests before a real server: which of them go together, and what each sender is told. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { compressBlock, uncompressBlock } from '../../../common/remote-write/snappy.ts';
import { createRemoteWriteClient } from '../../../ingest-gateway/forward/remote-write-client.ts';
import { createJoinedWrites, type JoinedWrites, maxJoined } from '../../../ingest-gateway/forward/write-coalescer.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Scene {
  readonly writes: JoinedWrites;
  /** What each request held, uncompressed. */
  readonly requests: string[];
}

/** A receiver that answers what `answer` says of a request's contents; undefined: it closes the connection. */
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
  return { writes: createJoinedWrites(client, { maxRequests: 1 }), requests };
}

const block = (text: string): Uint8Array => compressBlock(Buffer.from(text));

/** Sends each; the status that each is told, 0 where there is no answer. */
function sendAll(writes: JoinedWrites, texts: readonly string[]): Promise<readonly number[]> {
  const one = (text: string): Promise<number> =>
    writes.send(block(text), text.startsWith('!') ? 'alone' : 'joined').then(
      ({ status }) => status,
      () => 0,
    );
  return Promise.all(texts.map(one));
}

test('those that come together go together; who is to be alone is alone', async () => {
  const { writes, requests } = await scene(() => [204, '']);
  expect(await sendAll(writes, ['a', 'b', '!c', 'd'])).toEqual([204, 204, 204, 204]);
  expect(requests).toEqual(['!c', 'abd']);
});

test('a request has so many and no more, in number and in bytes', async () => {
  const { writes, requests } = await scene(() => [204, '']);
  await sendAll(
    writes,
    Array.from({ length: maxJoined + 1 }, () => 'x'),
  );
  expect(requests.map(({ length }) => length)).toEqual([maxJoined, 1]);
  const [large, half] = ['l'.repeat(3 * 2 ** 20), 'h'.repeat(2 ** 19)];
  await sendAll(writes, [half, large, half, half, half]);
  expect(requests.slice(2).map(({ length }) => length)).toEqual([2 ** 19, 3 * 2 ** 20, 2 ** 20, 2 ** 19]);
});

test.each([
  ['400', 400, 'duplicate sample for timestamp'],
  ['a permanent 500', 500, 'label name "x" is not unique'],
  ['any other 500', 500, 'disk error'],
])('%s for one: the others are taken, and it is told of its own', async (_, status, words) => {
  const { writes, requests } = await scene((contents) => (contents.includes('bad') ? [status, words] : [204, '']));
  expect(await sendAll(writes, ['a', 'bad', 'c'])).toEqual([204, status, 204]);
  expect(requests).toEqual(['abadc', 'a', 'bad', 'c']);
});

test('a receiver that takes nothing now is asked once for all', async () => {
  const { writes, requests } = await scene(() => [503, 'starting']);
  expect(await sendAll(writes, ['a', 'b', 'c'])).toEqual([503, 503, 503]);
  expect(requests).toEqual(['abc']);
});

test('where there is no answer, each is told so, and the next go on', async () => {
  const { writes, requests } = await scene((contents) => (contents.includes('poison') ? undefined : [204, '']));
  expect(await sendAll(writes, ['a', 'poison'])).toEqual([0, 0]);
  expect(await sendAll(writes, ['a'])).toEqual([204]);
  expect(requests.filter((each) => each === 'a')).toHaveLength(1);
  await expect(writes.send(new Uint8Array(), 'joined')).rejects.toThrow('not a whole block of snappy');
});
