/** Checks the negotiation of the format and the encoding of a response, and the compression. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { createCompress, negotiateEncoding, negotiateFormat } from '../../../exporter/http/http-response.ts';

const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const text = 'text/plain; version=0.0.4; charset=utf-8';

test.each([
  [undefined, text],
  ['', text],
  ['*/*', text],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', text],
  ['application/json', text],
  // Prometheus 2.42
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    openMetrics,
  ],
  // Prometheus 3.5
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    openMetrics,
  ],
  // Prometheus 3.5 with scrape_protocols: [PrometheusText0.0.4, OpenMetricsText1.0.0]
  ['text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.4', text],
  ['text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5', text],
  // VictoriaMetrics
  ['text/plain;version=0.0.4;q=1,*/*;q=0.1', text],
  ['application/openmetrics-text', openMetrics],
  ['Application/OpenMetrics-Text; Version="1.0.0" ; Q=0.5', openMetrics],
  ['application/openmetrics-text;version=0.0.1,text/plain;q=0.1', text],
  ['application/openmetrics-text;version=2.0.0', text],
  ['application/openmetrics-text;q=0', text],
  ['application/openmetrics-text;q=high', text],
  ['text/plain, application/openmetrics-text', text],
  ['application/openmetrics-text, text/plain', openMetrics],
  ['application/openmetrics-text;q=0.2,text/*;q=0.3', text],
  [',;,application/openmetrics-text,;q', openMetrics],
])('Accept: %s', (accept, contentType) => expect(negotiateFormat(accept).contentType).toBe(contentType));

test.each([
  [undefined, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['zstd', 'zstd'],
  ['gzip, zstd', 'zstd'],
  ['gzip;q=1.0, zstd;q=0.9', 'gzip'],
  ['zstd;q=0, gzip', 'gzip'],
  ['zstd;q=0, gzip;q=0.000', undefined],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['deflate, br', undefined],
  ['*', 'gzip'],
  ['*;q=0', undefined],
  ['gzip;q=0, *', undefined],
  ['identity', undefined],
  ['identity, gzip;q=0.5', undefined],
  ['identity;q=0.5, gzip', 'gzip'],
  ['identity, gzip', 'gzip'],
  ['gzip;q=yes', undefined],
])('Accept-Encoding: %s', (accepted, encoding) => expect(negotiateEncoding(accepted)).toBe(encoding));

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
