/** `hostpulse tiers copy` with a backend that is not a receiver. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createProtobufWriter } from '../../../common/protobuf/write.ts';
import { createWriteRequestWriter, encodeLabels } from '../../../common/remote-write/encode.ts';
import { compressBlock } from '../../../common/remote-write/snappy.ts';
import { runCli } from '../../support/cli.ts';

/** Returns an answer of remote read with one series. */
function answerOf(timeMs: number): Uint8Array {
  const request = createWriteRequestWriter();
  request.add(encodeLabels('load', { instance: 'web-1' }), [timeMs], [1]);
  const result = request.finish().slice();
  const writer = createProtobufWriter();
  writer.message(1, () => writer.raw(result));
  return compressBlock(writer.finish());
}

test('a wrong address of the backend is reported at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-copy-'));
  const endMs = 1_700_000_000_000;
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith('/api/v1/label/') === true)
      return response.end(JSON.stringify({ status: 'success', data: ['load'] }));
    if (request.url === '/api/v1/read') return response.end(answerOf(endMs - 1_000));
    return response.writeHead(404).end('no such page');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await runCli([
    'tiers',
    'copy',
    `--prometheus.url=${url}`,
    `--to=${url}/api/v1/wrong`,
    `--start=${endMs - 60_000}`,
    `--end=${endMs}`,
    `--state-file=${join(folder, 'state.json')}`,
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain(`${url}/api/v1/wrong does not accept remote write: status 404: no such page`);
  server.close();
  rmSync(folder, { recursive: true });
}, 30_000);
