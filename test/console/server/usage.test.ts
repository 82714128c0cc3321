/** Memory and disk of the server's parts. */
import { expect, test } from '@jest/globals';
import type { VectorSeries } from '../../../console/api/promql.ts';
import { diskQuery, usageRows } from '../../../console/server/usage.ts';

const sample = (metric: Readonly<Record<string, string>>, value: number): VectorSeries => ({
  metric,
  value: [1_795_000_000, String(value)],
});

test('memory by program, the largest first, and the sum', () => {
  const series = [sample({ job: 'node' }, 50 * 2 ** 20), sample({ job: 'prometheus' }, 1.5 * 2 ** 30)];
  expect(usageRows(series)).toEqual([
    { part: 'prometheus', text: '1.5 GiB' },
    { part: 'exporter', text: '50 MiB' },
    { part: 'total', text: '1.5 GiB' },
  ]);
});

test('disk by what it holds', () => {
  expect(diskQuery).toContain('prometheus_tsdb_storage_blocks_bytes|');
  const series = [
    sample({ __name__: 'hostpulse_gateway_queue_bytes' }, 0),
    sample({ __name__: 'prometheus_tsdb_storage_blocks_bytes' }, 3 * 2 ** 30),
  ];
  expect(usageRows(series)).toEqual([
    { part: 'Prometheus: blocks', text: '3 GiB' },
    { part: 'gateway: queue', text: '0 B' },
    { part: 'total', text: '3 GiB' },
  ]);
});

test('no samples, no rows', () => {
  expect(usageRows([])).toEqual([]);
  expect(usageRows([sample({ job: 'relay' }, Number.NaN)])).toEqual([]);
});
