/** Where remote write goes: below the server's URL, or to a place of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRemoteWriteClient } from '../../../ingest-gateway/forward/remote-write-client.ts';

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
])('%s', async (_, prefix, write, path) => {
  const writeUrl = write === undefined ? undefined : `${url}${write}`;
  const client = createRemoteWriteClient({ url: `${url}${prefix}`, writeUrl, maxConcurrency: 1, timeoutMs: 30_000 });
  expect(await client.send(Buffer.from('x'))).toMatchObject({ status: 204 });
  client.close();
  expect(paths.at(-1)).toBe(path);
});
