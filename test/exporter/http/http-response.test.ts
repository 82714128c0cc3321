/** Pages compressed. */
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { createGzip } from '../../../exporter/http/gzip.ts';

const unpack = (packed: string): string => gunzipSync(Buffer.from(packed, 'latin1')).toString();

test.each([
  ['nothing', ''],
  ['a line', 'node_load1 0.5\n'],
  ['beyond ASCII', 'node_x{name="größe €"} 1\n'.repeat(40)],
  ['longer than every buffer', 'node_x{device="eth0"} 123456789\n'.repeat(20_000)],
  ['what does not compress', Array.from({ length: 50_000 }, () => Math.random().toString(36)).join('')],
])('%s', (_, text) => {
  const gzip = createGzip();
  for (let time = 0; time < 2; time++) expect(unpack(gzip(text))).toBe(text);
});
