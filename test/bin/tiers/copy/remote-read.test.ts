/** A remote read goes to the configured server only. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { readSeries } from '../../../../bin/tiers/copy/remote-read.ts';
import { Secret } from '../../../../common/program/settings/secret.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Returns the URL of a server. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a redirection is an error: headers with credentials go nowhere else', async () => {
  const asked: string[] = [];
  const other = await serve((request, response) => {
    asked.push(String(request.headers['x-token']));
    response.end();
  });
  const url = await serve((_request, response) => response.writeHead(307, { location: `${other}/` }).end());
  const options = { url, headers: { 'X-Token': new Secret('private') }, timeoutMs: 5_000, maxBytes: 1_000 };
  const range = { matchers: [], startMs: 0, endMs: 1, signal: new AbortController().signal };
  await expect(readSeries(options, range)).rejects.toThrow(/^remote read of \S+: status 307/);
  expect(asked).toEqual([]);
});
