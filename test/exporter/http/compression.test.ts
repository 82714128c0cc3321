/** Compression of responses. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createCompress } from '../../../exporter/http/compression.ts';

const decoders = { gzip: gunzipSync, zstd: zstdDecompressSync };

describe.each(['gzip', 'zstd'] as const)('%s', (encoding) => {
  const unpack = (packed: string): string => decoders[encoding](Buffer.from(packed, 'latin1')).toString();

  test.each([
    ['an empty text', ['']],
    ['a line', ['node_load1 0.5\n']],
    ['text beyond ASCII', ['node_x{name="größe €"} 1\n'.repeat(40)]],
    ['text longer than the buffer', ['node_x{device="eth0"} 123456789\n'.repeat(20_000)]],
    ['several parts', ['node_x{name="größe"} 1\n'.repeat(3_000), '', 'node_y 2\n']],
    ['incompressible text', [Array.from({ length: 50_000 }, (_, index) => Math.sin(index).toString(36)).join('')]],
  ])('compresses %s', (_, parts) => {
    const compress = createCompress(encoding);
    for (let time = 0; time < 2; time++) expect(unpack(compress(parts))).toBe(parts.join(''));
  });
});
