/** Compression of responses. */
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { createGzip } from '../../../exporter/http/http-response.ts';

const unpack = (packed: string): string => gunzipSync(Buffer.from(packed, 'latin1')).toString();

test.each([
  ['an empty text', ''],
  ['a line', 'node_load1 0.5\n'],
  ['text beyond ASCII', 'node_x{name="größe €"} 1\n'.repeat(40)],
  ['text longer than the buffer', 'node_x{device="eth0"} 123456789\n'.repeat(20_000)],
  ['incompressible text', Array.from({ length: 50_000 }, () => Math.random().toString(36)).join('')],
])('createGzip compresses %s', (_, text) => {
  const gzip = createGzip();
  for (let time = 0; time < 2; time++) expect(unpack(gzip(text))).toBe(text);
});
